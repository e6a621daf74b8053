"""What the Denoise lab shows of decisions, trees and the game."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from app.data.scenes import LABEL_COLUMNS
from app.data.scenes.factors import UNKNOWN
from app.figures.denoise import FLOOR, TILE, film_sheet, picture_tiles, sample_tiles, share
from app.figures.parts import Chart, Fact, Series
from app.labs.denoise_branch import Tree
from app.labs.denoise_decide import DecideResult
from app.labs.denoise_game import GameResult

SHOWN_AS = {"kind": "shape", "layout": "things"}


def shown_as(attribute: str) -> str:
    """Return the word a person uses for an attribute."""
    return SHOWN_AS.get(attribute, attribute)


@dataclass(frozen=True)
class TimelineRow:
    """One attribute over all moments: what is read, and whether it stays so; from when on; is the end as asked?"""

    name: str
    readings: tuple[str, ...]
    settled: tuple[bool, ...]
    decided: int
    verdict: str


def timeline_rows(result: DecideResult) -> list[TimelineRow]:
    """The first run, attribute by attribute, coarse to fine."""
    rows = []
    for attribute in result.attributes:
        settled = result.settled(attribute)[:, 0]
        readings = tuple(result.reading(k, attribute) for k in range(len(result.signal)))
        decided = int(settled.argmax())
        rows.append(
            TimelineRow(shown_as(attribute), readings, tuple(map(bool, settled)), decided, _verdict(result, attribute))
        )
    return rows


def _verdict(result: DecideResult, attribute: str) -> str:
    columns = [n for n, c in enumerate(LABEL_COLUMNS) if c.removesuffix("_a").removesuffix("_b") == attribute]
    asked = [n for n in columns if result.wanted[n] != UNKNOWN]
    if not asked:
        return "not asked for"
    return "as asked" if (result.wanted[asked] == result.read[-1, 0, asked]).all() else "not as asked"


def timeline_sheet(result: DecideResult) -> Image.Image:
    """The first run's predicted clean pictures, one below the other."""
    return film_sheet([picture_tiles(result.pictures)])


def mean_steps(result: DecideResult) -> dict[str, float]:
    """Mean over the runs of the step from which each attribute stays as it is."""
    return {name: float(np.mean(result.decided_after(name))) for name in result.attributes}


def decide_chart(result: DecideResult) -> Chart:
    """Share of the runs in which each attribute already is what it will be."""
    signal = tuple(100 * max(each, FLOOR) for each in result.signal)
    series = tuple(
        Series(shown_as(name), signal, tuple(result.settled(name).mean(1).tolist())) for name in result.attributes
    )
    runs = result.read.shape[1]
    note = f"{runs} runs that differ in their noise alone. The further left a curve rises, the earlier it is decided."
    return Chart("Decided for good", "signal, % of the power", "share of the runs", series, note, x_log=True)


def decide_facts(result: DecideResult, guess: str | None) -> list[Fact]:
    """When each of the four was decided, and what became of the guess. guess: None before one was made."""
    means = mean_steps(result)
    facts = []
    for attribute in (name for name in ("place", "colour", "kind", "texture") if name in means):
        after = means[attribute]
        signal = np.interp(after, range(len(result.signal)), result.signal)
        facts.append(
            Fact(
                shown_as(attribute).capitalize(),
                f"step {after:.1f}",
                f"on average, with {share(signal)} signal",
                "decoder",
            )
        )
    return [*_guess_fact(means, guess), *facts]


def _guess_fact(means: dict[str, float], guess: str | None) -> list[Fact]:
    compared = {shown_as(name): means[name] for name in ("place", "colour", "kind", "texture") if name in means}
    if guess is None or not compared:
        return []
    if guess not in compared:
        return [Fact("Your guess", "No answer", f"this caption asks for no {guess} of a single thing", "text")]
    last = max(compared, key=lambda name: compared[name])
    word = "Right" if compared[guess] == compared[last] else "Not here"
    return [Fact("Your guess", word, f"you said {guess}; the last to be decided was {last}", "text")]


@dataclass(frozen=True)
class TreeRow:
    """A node for the page: its caption, from which node and step it branches, and how it differs there."""

    caption: str
    parent: int
    step: int
    change: str


def tree_rows(tree: Tree) -> list[TreeRow]:
    """Every node of a tree, the root first, in words."""
    rows = []
    for node in tree.nodes:
        spec = node.spec
        if spec is None:
            rows.append(TreeRow(node.caption, -1, 0, f"seed {tree.request.seed}, guidance {tree.request.guidance:g}"))
            continue
        noise = "same noise" if spec.seed is None else f"other noise, seed {spec.seed}"
        rows.append(TreeRow(node.caption, spec.parent, spec.step, f"{noise}, guidance {spec.guidance:g}"))
    return rows


def tree_sheet(tree: Tree) -> Image.Image:
    """A row a node, a column a moment: the predicted clean picture, and at last the finished one."""
    columns = np.stack([node.decoded.transpose(0, 2, 3, 1) for node in tree.nodes], axis=1)
    return film_sheet(list(columns)) if columns.shape[2] == TILE else film_sheet([_small(each) for each in columns])


def _small(tiles: np.ndarray) -> np.ndarray:
    at = (np.arange(TILE) * tiles.shape[1]) // TILE
    return np.ascontiguousarray(tiles[:, at][:, :, at])


def game_sheet(result: GameResult) -> Image.Image:
    """A row a round: the noisy latent, it decoded, what the network expected, and the four candidates."""
    shown = [sample_tiles(result.x, True), picture_tiles(result.seen), picture_tiles(result.expected)]
    return film_sheet([*shown, *(picture_tiles(result.candidates[:, k]) for k in range(result.candidates.shape[1]))])
