"""What using a model costs here: time, multiply-adds and memory of its networks' calls, and its size.

Batch 1, at the side that it was trained at; a denoiser's training step with the batch that it was trained with, on one
core. What a call costs at other sizes: cost_at_size.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import torch

from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.evaluation.cost import Cost, measure_cost
from app.evaluation.cost_at_size import Size, denoiser_training_cost
from app.models import VAE, Denoiser, Judge, Refiner
from app.models.build import count_parameters
from app.models.text import tokenise
from app.store.catalogue import Catalogue
from app.store.checkpoint import WEIGHTS

Call = Callable[[], object]
REPEATS, TRAINING_REPEATS = 10, 3


def model_cost(catalogue: Catalogue, name: str) -> dict[str, object]:
    """Return parameters, bytes on disk, and for each call of the model milliseconds, multiply-adds and megabytes.

    n: how many timed calls the milliseconds are the median of; training_n: how many training steps.
    """
    card = catalogue.card(name)
    kind = card.kind
    network = getattr(catalogue, kind)(name).network
    figures: dict[str, object] = {
        "n": REPEATS,
        "parameters": count_parameters(network),
        "bytes_on_disk": (catalogue.root / name / WEIGHTS).stat().st_size,
    }
    side = card.training.side
    with torch.inference_mode():
        for what, call in calls_of(network, side, side, catalogue.runtime).items():
            figures |= _figures(what, measure_cost(call, repeats=REPEATS))
    if isinstance(network, Denoiser):
        figures |= _training_step(network, card.training.batch_size, catalogue.runtime)
    return figures


def _training_step(network: Denoiser, batch: int, runtime: Runtime) -> dict[str, object]:
    """Measure a training step on one core, the unit of the race's budget (`Card.core_seconds`)."""
    side = network.config.side
    with _one_core():
        cost = denoiser_training_cost(network.config, Size(side, side, batch), runtime, repeats=TRAINING_REPEATS)
    return {"training_n": TRAINING_REPEATS} | _figures("training_step", cost)


@contextmanager
def _one_core() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def calls_of(
    network: VAE | Denoiser | Judge | Refiner, height: int, width: int, runtime: Runtime, batch: int = 1
) -> dict[str, Call]:
    """Return the calls of a network by name, with random input; height and width: of the pictures, in pixels.

    A denoiser's calls are at its own side: its places are learnt one by one.
    """
    generator = make_generator("cost")
    x = runtime.put(normal((batch, 3, height, width), generator))
    if isinstance(network, VAE):
        f, c = network.config.f, network.config.c
        z = runtime.put(normal((batch, c, height // f, width // f), generator))
        return {"encode": partial(network.encode, x), "decode": partial(network.decode, z)}
    if isinstance(network, Denoiser):
        return {
            "network_call": _prediction(network, runtime, batch),
            "guided_step": _prediction(network, runtime, 2 * batch),  # the caption and its opposite, as one batch
        }
    return {"read" if isinstance(network, Judge) else "refine": partial(network, x)}


def _prediction(network: Denoiser, runtime: Runtime, rows: int) -> Call:
    """Return one call for so many rows, with the longest caption; the text is encoded once, before."""
    config = network.config
    x = runtime.put(normal((rows, config.channels, config.side, config.side), make_generator("cost")))
    words = " ".join(config.text.vocabulary[: config.text.length - 1])
    text = network.encode_text(tokenise([words] * rows, config.text).to(runtime.device))
    return partial(network.predict, x, torch.full((rows,), 500, device=runtime.device), text)


def _figures(what: str, cost: Cost) -> dict[str, object]:
    return {
        f"{what}_ms": round(1000 * cost.seconds, 3),
        f"{what}_multiply_adds": cost.multiply_adds,
        f"{what}_peak_mb": None if cost.peak_bytes is None else round(cost.peak_bytes / 1e6, 3),
    }
