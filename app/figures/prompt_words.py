"""What the Prompt lab shows of single words: the heat of attention, and what is missing when a word is missing."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import UInt8
from PIL import Image
from torch import Tensor

from app.core.pictures import to_picture
from app.data.scenes.attributes import BACKGROUNDS, COLOURS, KINDS, TEXTURES
from app.figures.maps import amount_legend, amount_map
from app.figures.parts import Chart, Fact, Series, Tile
from app.figures.prompt import Graded, Strip, picture_of
from app.figures.sheets import Sprites, sprite_sheet
from app.labs.prompt import marks, spoken, wishes
from app.labs.prompt_attention import AttentionResult, on_one_grid
from app.labs.prompt_words import WordDropResult

BYTE = 255
MOST_LINES = 8
"""How many words a chart shows: those that move most."""


@dataclass(frozen=True)
class HeatLayer:
    """One attention layer for the browser. heat: bytes, step by step, word by word, row by row, 255 at `top`.

    top: what byte 255 stands for, for each word; a word is so coloured against its own brightest cell of the run.
    """

    title: str
    side: int
    heat: bytes
    top: tuple[float, ...]

    @property
    def text(self) -> str:
        """The bytes as base64."""
        return base64.b64encode(self.heat).decode("ascii")


def attention_layers(result: AttentionResult) -> list[HeatLayer]:
    """Return the mean of all layers first, then each of them in the order of the network."""
    whole = on_one_grid(result)
    layers = [_layer(f"all layers, {whole.shape[-1]} × {whole.shape[-1]}", whole)]
    for number, maps in enumerate(result.maps, start=1):
        layers.append(_layer(f"layer {number}, {maps.shape[-1]} × {maps.shape[-1]}", maps))
    return layers


def _layer(title: str, maps: Tensor) -> HeatLayer:
    top = maps.amax(dim=(0, 2, 3)).clamp_min(1e-6)
    return HeatLayer(title, maps.shape[-1], _bytes(maps / top[:, None, None]).tobytes(), tuple(top.tolist()))


def _bytes(shares: Tensor) -> UInt8[np.ndarray, "steps words h w"]:
    return (shares * BYTE).round().clamp(0, BYTE).to(torch.uint8).numpy()


def attention_sheet(result: AttentionResult) -> Sprites:
    """Return the expected picture of every step and the finished one, side by side."""
    return sprite_sheet([to_picture(picture) for picture in result.decoded], len(result.decoded))


def lit_pictures(result: AttentionResult) -> list[Image.Image]:
    """Return a film for a file: the finished picture, lit at the last step where each word looks, word by word."""
    side = result.decoded.shape[-1]
    last = on_one_grid(result)[-1]
    light = last / last.amax(dim=(1, 2), keepdim=True).clamp_min(1e-6)
    wide = torch.nn.functional.interpolate(light[None], size=(side, side), mode="nearest")[0]
    picture = (result.decoded[-1] + 1) / 2
    return [to_picture(picture * (0.12 + 0.88 * each) * 2 - 1) for each in wide]


def attention_facts(result: AttentionResult) -> list[Fact]:
    """Return how the attention is shared out: the start token, small words, and the word most looked at."""
    shares = on_one_grid(result).mean(dim=(0, 2, 3))
    facts = [Fact("‹start›", f"{float(shares[0]):.0%}", "of all attention: where no word is needed", "text")]
    if len(result.words) == 1:
        return facts
    best = 1 + int(shares[1:].argmax())
    focus = _focus(on_one_grid(result).mean(dim=0))
    sharp = 1 + int(focus[1:].argmax())
    name = result.words[best]
    return [
        *facts,
        Fact("most looked at", f"'{name}'", f"gets {float(shares[best]):.0%} of all attention", "text"),
        Fact("most local", f"'{result.words[sharp]}'", f"its best cells: {float(focus[sharp]):.1f} x its mean", "text"),
    ]


def _focus(maps: Tensor) -> Tensor:
    """Return for each word how many times its mean the top tenth of its cells get."""
    flat = maps.flatten(1)
    count = max(1, flat.shape[1] // 10)
    return flat.topk(count, dim=1).values.mean(1) / flat.mean(1).clamp_min(1e-9)


def drop_strip(result: WordDropResult) -> Strip:
    """Return the whole caption's picture, then each shorter one's, with what the judge now reads otherwise."""
    wanted = wishes(result.request.caption)
    whole = Graded(
        picture_of("whole caption", result.pictures[0], "the picture of the whole caption"),
        marks(wanted, result.read[0]),
    )
    rest = [
        Graded(
            picture_of(f"without '{word}'", result.pictures[number + 1], f"the picture without the word {word}"),
            note=_changes(result, number),
        )
        for number, word in enumerate(result.words)
    ]
    return Strip("The picture without each word", (whole, *rest), "The same noise in all; one word less in each.")


def _changes(result: WordDropResult, number: int) -> str:
    changed = [f"{spoken(name, False)}: {after}" for name, (_, after) in result.changed(number).items()]
    moved = f"moved by {float(result.moved[number]):.2f}"
    return f"{moved} · now {', '.join(changed)}" if changed else moved


def noise_strip(result: WordDropResult) -> Strip:
    """Return where the predicted noise changes at the middle moment, one map a word, all on one scale."""
    moment = result.maps.shape[1] // 2
    maps = result.maps[:, moment]
    top = max(float(maps.max()), 1e-6)
    graded = tuple(
        Graded(Tile(f"'{word}'", "noise", amount_map(each, 0.0, top), f"change of the noise without {word}"))
        for word, each in zip(result.words, maps, strict=True)
    )
    note = f"Root mean square over the channels of each cell, at signal {result.signal[moment]:.0%}."
    return Strip("Where the predicted noise changes", graded, note, amount_legend(0.0, top))


def drop_charts(result: WordDropResult) -> list[Chart]:
    """Return both sides of one change: in the predicted noise, and in the clean latent that follows from it."""
    return [_noise_chart(result), _clean_chart(result)]


def _clean_chart(result: WordDropResult) -> Chart:
    order = result.clean.mean(dim=1).argsort(descending=True)[:MOST_LINES].tolist()
    series = tuple(
        Series(result.words[number], result.signal, tuple(result.clean[number].tolist())) for number in order
    )
    note = "The same change as a clean latent: where almost all is noise, a little of it decides the whole layout."
    return Chart("When does it decide?", "signal power left", "change of the clean latent", series, note)


def _noise_chart(result: WordDropResult) -> Chart:
    """Return the change of the predicted noise over the run, one line for each of the eight most moving words."""
    order = result.noise.mean(dim=1).argsort(descending=True)[:MOST_LINES].tolist()
    series = tuple(
        Series(result.words[number], result.signal, tuple(result.noise[number].tolist())) for number in order
    )
    note = "At the same noisy latent, with and without the word; noise itself has size 1."
    return Chart("When does a word matter?", "signal power left", "change of the predicted noise", series, note)


def drop_facts(result: WordDropResult, guess: str | None) -> list[Fact]:
    """Return the guess and the words that move the picture most and least."""
    most, least = int(result.moved.argmax()), int(result.moved.argmin())
    facts = [
        Fact("moves most", f"'{result.words[most]}'", f"the picture, by {float(result.moved[most]):.2f}", "text"),
        Fact("moves least", f"'{result.words[least]}'", f"by {float(result.moved[least]):.2f}", "text"),
    ]
    if guess is None:
        return facts
    found = group_of(result.words, most)
    verdict = "as measured" if guess == found else f"measured: {found}"
    return [Fact("Your guess", guess, verdict, "text"), *facts]


GROUPS = ("the thing", "its colour", "its size or texture", "where it is", "the background", "a small word")


_TABLES: dict[str, tuple[str, ...]] = {
    "the thing": KINDS,
    "its colour": COLOURS,
    "its size or texture": (*TEXTURES, "small", "little", "large", "big"),
    "where it is": tuple("top left right bottom centre middle edge corner above over below under".split()),
}


def group_of(words: Sequence[str], number: int) -> str:
    """Return which of GROUPS a word of a caption belongs to; a colour may be the background's."""
    word, before, after = words[number], words[max(0, number - 1)], words[min(number + 1, len(words) - 1)]
    if word == "background" or (word in BACKGROUNDS and ("background" in after or before == "on")):
        return "the background"
    return next((name for name, known in _TABLES.items() if word in known), "a small word")
