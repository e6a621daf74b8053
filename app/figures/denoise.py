"""What the Denoise lab shows of noising and denoising: films of many moments, and the curves behind them."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.pictures import to_bytes
from app.figures.colour_maps import colour_signed
from app.figures.parts import Chart, Fact, Kind, Series
from app.figures.pipeline import LIMIT
from app.labs.denoise import DenoiseResult
from app.labs.denoise_noise import NoiseResult, noise_curves

TILE = 64
"""Pixels along a tile of a film."""
TARGETS = {"eps": "predicts the noise", "x0": "predicts the clean sample", "v": "predicts the velocity"}
TOLD = {"eps": "asked for noise", "x0": "asked for the clean one", "v": "asked for velocity"}
FLOOR = 1e-4
"""The least signal-to-noise ratio in a chart."""
Views = list[tuple[str, Kind]]
Moments = list[tuple[str, str]]


def film_sheet(columns: Sequence[np.ndarray]) -> Image.Image:
    """Lay columns of tiles, each (moments, TILE, TILE, 3) bytes, side by side: a row a moment, without gaps."""
    rows = np.stack(list(columns), axis=1)
    moments, views = rows.shape[:2]
    return Image.fromarray(rows.transpose(0, 2, 1, 3, 4).reshape(moments * TILE, views * TILE, 3))


def picture_tiles(pictures: Float[Tensor, "m 3 H W"]) -> np.ndarray:
    """Return pictures as tiles, (m, TILE, TILE, 3) bytes; other sides than TILE are scaled with hard pixels."""
    return _fitted(to_bytes(pictures).transpose(0, 2, 3, 1))


def sample_tiles(samples: Float[Tensor, "m c h w"], in_latents: bool) -> np.ndarray:
    """Return samples as tiles: the channels of a latent as signed maps in a square, or the pixels themselves."""
    if not in_latents:
        return picture_tiles(samples)
    count, channels, height, width = samples.shape
    columns = math.ceil(math.sqrt(channels))
    rows = -(-channels // columns)
    full = np.zeros((count, rows * columns, height, width), np.float32)
    full[:, :channels] = np.nan_to_num(samples.numpy())
    grid = full.reshape(count, rows, columns, height, width).transpose(0, 1, 3, 2, 4)
    return _fitted(colour_signed(grid.reshape(count, rows * height, columns * width), LIMIT))


def _fitted(tiles: np.ndarray) -> np.ndarray:
    """Scale to TILE x TILE by repeating or leaving out pixels."""
    down, across = ((np.arange(TILE) * side) // TILE for side in tiles.shape[1:3])
    return np.ascontiguousarray(tiles[:, down][:, :, across])


def noise_film(result: NoiseResult) -> tuple[Image.Image, Views, Moments]:
    """The noised latent, it decoded, and the pixels with as much noise, at every level."""
    columns = [sample_tiles(result.x, True), picture_tiles(result.decoded), picture_tiles(result.pixels)]
    views: Views = [
        ("Noised latent", "latent"),
        ("… decoded", "decoder"),
        ("As much noise on the pixels", "pixel"),
    ]
    moments = [(f"t = {t}", _level(signal)) for t, signal in zip(result.t, result.signal, strict=True)]
    return film_sheet(columns), views, moments


def _level(signal: float) -> str:
    if signal == 1:
        return "No noise yet: all of the power is signal."
    return f"ᾱ = {signal:.3g}: {share(signal)} of the power is signal. Signal to noise {signal / (1 - signal):.2g}."


def share(signal: float) -> str:
    """Return a share of the power for people: '73%', '2.4%', '2e-09'."""
    return f"{signal:.0%}" if signal >= 0.1 else f"{signal:.1%}" if signal >= 0.001 else f"{signal:.0e}"


def noise_facts(result: NoiseResult) -> list[Fact]:
    """The measured power of what is noised: why the same noise weighs more on a pixel."""
    latent, pixels = result.power
    return [
        Fact("Power of this latent", f"{latent:.2f}", "mean square; 1 on average over the training set", "latent"),
        Fact("Power of these pixels", f"{pixels:.2f}", "mean square, of a range from −1 to 1", "pixel"),
        Fact(
            "So at one step t",
            f"{latent / pixels:.1f} ×" if pixels > 0 else "–",
            "signal to noise of a single value, latent against pixels",
            "noise",
        ),
    ]


def schedule_charts(chosen: str) -> list[Chart]:
    """Signal power left, and signal-to-noise ratio, of every schedule against the step; the chosen one comes first."""
    curves = noise_curves()
    names = sorted(curves, key=lambda name: name != chosen)
    left = [Series(name, tuple(map(float, curves[name][0])), curves[name][1]) for name in names]
    ratio = []
    for name in names:
        t, signal = curves[name]
        inside = [(float(a), b / (1 - b)) for a, b in zip(t, signal, strict=True) if b < 1 and b / (1 - b) >= FLOOR]
        ratio.append(Series(name, tuple(a for a, _ in inside), tuple(b for _, b in inside)))
    return [
        Chart("Signal left", "step t", "ᾱ, share of the power", tuple(left)),
        Chart(
            "Signal to noise",
            "step t",
            "ᾱ / (1 − ᾱ)",
            tuple(ratio),
            f"Above 1 there is more signal than noise. Below {FLOOR:g} nothing is drawn: cosine ends at 2e-9.",
            y_log=True,
        ),
    ]


def run_film(results: Sequence[DenoiseResult]) -> tuple[Image.Image, Views, Moments]:
    """Four views of every run: the sample, the predicted noise, the predicted clean picture, the sample decoded."""
    columns, views = [], Views()
    for result in results:
        who = f", {TOLD[result.target]}" if len(results) > 1 else ""
        kind: Kind = "latent" if result.in_latents else "pixel"
        columns += [
            sample_tiles(result.x, result.in_latents),
            sample_tiles(result.eps, result.in_latents),
            picture_tiles(result.decoded),
            picture_tiles(result.decoded_x),
        ]
        views += [
            (f"Noisy {'latent' if result.in_latents else 'pixels'}{who}", kind),
            (f"Predicted noise{who}", "noise"),
            (f"Predicted clean picture{who}", "decoder"),
            (f"Noisy sample, decoded{who}", "pixel"),
        ]
    return film_sheet(columns), views, run_moments(results[0])


def run_moments(result: DenoiseResult) -> Moments:
    """Where each moment is, and a sentence about it."""
    steps, last = result.request.steps, len(result.levels) - 1
    places = [f"step {k} of {steps}" for k in range(last + 1)]
    sayings = [
        f"t = {t}: {share(signal)} of the power is signal."
        for t, signal in zip(result.levels, result.signal, strict=True)
    ]
    asked = result.request.guidance > 0 and result.request.caption.strip()
    sayings[0] += (
        " The prediction here comes from the caption: the sample is nearly all noise."
        if asked
        else " Without a caption, the prediction here is about the mean of what was learnt."
    )
    sayings[-1] = "t = 0: all noise is gone, and nothing is left to predict."
    return list(zip(places, sayings, strict=True))


def run_facts(results: Sequence[DenoiseResult]) -> list[Fact]:
    """How long it took, how far predictions moved, and what each network predicts."""
    facts = []
    for result in results:
        denoise, decode = result.seconds
        calls = 2 * result.request.steps - 1 if result.request.sampler == "heun" else result.request.steps
        one = f"predicts {result.target}: " if len(results) > 1 else ""
        facts.append(
            Fact("Denoising", f"{denoise:.2f} s", f"{one}{calls} calls, {TARGETS[result.target]}", "noise"),
        )
        facts.append(Fact("Decoding", f"{decode:.2f} s", f"{2 * len(result.x)} pictures in one batch", "decoder"))
    return facts


def guidance_chart(results: Sequence[DenoiseResult]) -> Chart | None:
    """How far the caption pulls at each step: distance between the clean samples expected with and without it."""
    series = []
    for result in results:
        if result.cond is not None and result.uncond is not None:
            gap = (result.cond - result.uncond).flatten(1).square().mean(1).sqrt()
            name = f"{result.target}-prediction" if len(results) > 1 else "with against without caption"
            series.append(Series(name, tuple(float(k) for k in range(len(gap))), tuple(gap.tolist()), "text"))
    if not series:
        return None
    return Chart(
        "Where the caption pulls",
        "steps done",
        "RMS difference",
        tuple(series),
        "Between the clean samples that the network expects with the caption and without it; the latent's spread is 1.",
    )
