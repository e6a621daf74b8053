"""Do latent sums work in general? Many random A - B + C, one factor at a time, read by the judge.

A and B are the same scene but for one factor; C is another scene that has B's value of it. So A - B + C should be C
with that factor as A has it. The ceiling is what the judge reads when that scene itself is encoded and decoded.
"""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int64

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.randomness import make_numpy_generator
from app.core.runtime import Runtime
from app.data.scenes import LABEL_COLUMNS, LABEL_TABLES, Scenes, labels_to_scene
from app.data.scenes.factors import COLUMN
from app.evaluation.judging import items_with, read_pictures
from app.evaluation.rates import Rate, wilson
from app.store.catalogue import LoadedJudge, LoadedVAE

FACTORS = ("background", "place", "kind_a", "colour_a", "size_a", "texture_a")
MOST_SUMS = 64
Labels = Int64[np.ndarray, "n columns"]


@dataclass(frozen=True)
class SumsRequest:
    """count: sums for each of FACTORS."""

    count: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_SUMS or self.seed < 0:
            raise BadRequest(f"{self.count} sums, seed {self.seed}.", hint=f"Use 1 to {MOST_SUMS}, and a seed >= 0.")


@dataclass(frozen=True)
class FactorRate:
    """One factor over many sums. changed: how often it came out as A has it; kept: how often each other factor stayed
    as C has it; ceiling: how often the judge reads the changed factor off the right scene, encoded and decoded.
    """

    factor: str
    changed: Rate
    kept: Rate
    ceiling: Rate


def measure_sums(
    model: LoadedVAE, judge: LoadedJudge, request: SumsRequest, runtime: Runtime
) -> Generator[float, None, list[FactorRate]]:
    """Measure every factor; yields the share done."""
    rates = []
    for number, factor in enumerate(FACTORS):
        yield number / len(FACTORS)
        a, b, c, wanted = random_triples(factor, request)
        found = _read_sums(model, judge, (a, b, c), runtime)
        plain = _read_sums(model, judge, (wanted, wanted, wanted), runtime)
        rates.append(_rate(factor, wanted, found, plain))
    return rates


def random_triples(factor: str, request: SumsRequest) -> tuple[Labels, Labels, Labels, Labels]:
    """Return labels of A, B, C and of the scene that the sum stands for; all show one thing."""
    scenes, generator, column = Scenes(split="test"), make_numpy_generator(request.seed, "sums", factor), COLUMN[factor]
    rows = np.asarray(scenes.labels(items_with(scenes, 1, 40 * request.count + 64)))
    bases, others = rows[: request.count], rows[request.count :]
    c = np.stack([_other(base, others, column, generator) for base in bases])
    a, b, wanted = bases.copy(), bases.copy(), c.copy()
    b[:, column] = c[:, column]
    wanted[:, column] = a[:, column]
    return a, b, c, wanted


def _other(
    base: Int64[np.ndarray, " columns"], rows: Labels, column: int, generator: np.random.Generator
) -> np.ndarray:
    """Pick another scene with another value of the factor, such that all four scenes can be drawn."""
    fits = rows[rows[:, column] != base[column]]
    swapped = [(row, np.where(np.arange(len(row)) == column, base, row)) for row in fits]
    able = [row for row, wanted in swapped if _seen(wanted) and _seen(np.where(wanted != row, row, base))]
    return able[int(generator.integers(len(able)))]


def _seen(labels: Int64[np.ndarray, " columns"]) -> bool:
    """Whether a thing can be seen: its colour is not its background's name."""
    colour, ground = LABEL_TABLES["colour_a"], LABEL_TABLES["background"]
    return colour[labels[COLUMN["colour_a"]]] != ground[labels[COLUMN["background"]]]


@torch.inference_mode()
def _read_sums(model: LoadedVAE, judge: LoadedJudge, terms: tuple[Labels, ...], runtime: Runtime) -> Labels:
    side = judge.network.config.side
    a, b, c = (_encoded(model, labels, side, runtime) for labels in terms)
    decoded = model.network.decode(runtime.put(a - b + c)).float().cpu().clamp(-1, 1)
    return read_pictures(judge, decoded, runtime)


def _encoded(model: LoadedVAE, labels: Labels, side: int, runtime: Runtime) -> torch.Tensor:
    """Encode scenes, number i drawn with seed i, so that those of one sum differ in their factors only."""
    scenes = Scenes(split="test", side=side)
    drawn = np.stack([scenes.render_scene(labels_to_scene(row), seed) for seed, row in enumerate(labels)])
    return model.network.encode(runtime.put(from_bytes(drawn))).mean.float().cpu()


def _rate(factor: str, wanted: Labels, found: Labels, plain: Labels) -> FactorRate:
    column, n = COLUMN[factor], len(wanted)
    others = [COLUMN[name] for name in FACTORS if name != factor and name in LABEL_COLUMNS]
    kept = int((found[:, others] == wanted[:, others]).sum())
    return FactorRate(
        factor,
        wilson(int((found[:, column] == wanted[:, column]).sum()), n),
        wilson(kept, n * len(others)),
        wilson(int((plain[:, column] == wanted[:, column]).sum()), n),
    )
