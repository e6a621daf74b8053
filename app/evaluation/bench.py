"""`python -m app bench`: the speed of data, models and training here, in one run, with the machine's peak beside.

If the library `diffusers` is installed, its networks of the same size and shapes are timed by turns with ours.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch

from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.data import open_dataset
from app.data.base import PictureSet
from app.evaluation.bench_peer import Peer
from app.evaluation.cost import Timing, measure_peak, time_by_turns, time_call
from app.evaluation.sampling import SamplingOptions, decode_samples, sample, starting_noise
from app.models import MODELS
from app.models.build import build
from app.models.denoiser import Denoiser
from app.models.text import tokenise
from app.models.vae import VAE
from app.store.catalogue import Catalogue, LoadedDenoiser, LoadedVAE
from app.training.denoiser_task import Examples, denoiser_task
from app.training.loop import Run
from app.training.recipes import RECIPES
from app.training.task import Task, share_of
from app.training.vae_task import vae_task

CAPTION = "a small striped red star at the top left on a blue background"
DATA_BATCH = 256
BATCHES = (1, 2, 4, 8, 16, 32)
Call = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One line of the table: what was timed, how many items a call handles, its timing, and that of the peer."""

    what: str
    items: int
    timing: Timing
    peer: Timing | None = None

    @property
    def items_per_second(self) -> float:
        """Throughput."""
        return self.items / self.timing.seconds

    @property
    def times_faster(self) -> float | None:
        """The peer's seconds over ours; None without a peer."""
        return None if self.peer is None else self.peer.seconds / self.timing.seconds


def bench(catalogue: Catalogue, peer: Peer | None = None) -> Iterator[Row]:
    """Yield one row after another, the machine's peak first; needs the models f4c4 and generator."""
    runtime = catalogue.runtime
    yield Row("matrix product, the peak", 1, measure_peak(runtime.dtype, runtime.device))
    for name in ("scenes", "photos"):
        yield Row(f"draw {name} in batches of {DATA_BATCH}", DATA_BATCH, _time_data(open_dataset(name, split="train")))
    denoiser = catalogue.denoiser("generator")
    yield from _bench_vae(catalogue.vae("f4c4"), runtime, peer)
    yield from _bench_denoiser(denoiser, runtime, peer)
    for name in ("f4c4", "f8c4", "generator"):
        yield _time_training(name, runtime)


def _time_data(data: PictureSet) -> Timing:
    return time_call(lambda: data.pictures(range(DATA_BATCH)), counted=False)


@torch.inference_mode()
def _bench_vae(vae: LoadedVAE, runtime: Runtime, peer: Peer | None) -> Iterator[Row]:
    for count in BATCHES:
        x = runtime.put(from_bytes(open_dataset("scenes", split="test").pictures(range(count))))
        z = vae.network.encode(x).mean
        yield _row("encode", count, partial(vae.network.encode, x), partial(peer.encode, x) if peer else None)
        yield _row("decode", count, partial(vae.network.decode, z), partial(peer.decode, z) if peer else None)


@torch.inference_mode()
def _bench_denoiser(model: LoadedDenoiser, runtime: Runtime, peer: Peer | None) -> Iterator[Row]:
    network = model.network
    for count in BATCHES:
        ids = tokenise([CAPTION, ""] * count, network.config.text)
        text, t = network.encode_text(ids.to(runtime.device)), torch.full((2 * count,), 500, device=runtime.device)
        x = runtime.put(starting_noise(model, range(2 * count)))
        yield _row(
            "guided step", count, partial(network.predict, x, t, text), partial(peer.predict, x, t) if peer else None
        )
    for steps in (20, 50):
        theirs = partial(peer.draw, runtime.put(starting_noise(model, [7])), steps) if peer else None
        yield _row(f"caption to picture, {steps} steps", 1, partial(_draw, model, steps, runtime), theirs)


def _row(what: str, count: int, ours: Call, theirs: Call | None) -> Row:
    """Time both by turns, more often where a call is short."""
    calls = [ours] if theirs is None else [ours, theirs]
    return Row(f"{what}, batch {count}", count, *time_by_turns(calls, repeats=10 if count < BATCHES[-2] else 5))


def _draw(model: LoadedDenoiser, steps: int, runtime: Runtime) -> torch.Tensor:
    *_, last = sample(model, [CAPTION], [7], SamplingOptions(steps=steps), runtime)
    return decode_samples(model, last.x, runtime)


def _time_training(name: str, runtime: Runtime) -> Row:
    """Time whole steps of a recipe's training (batch, loss, backward, update) on a fresh network."""
    config = RECIPES[name].train
    run = Run(_fresh_task(name), config, runtime)
    step = iter(range(1, 1000))

    def train_step() -> None:
        batch = share_of(run.task.batch_at(next(step)), 0, 1, runtime.device)
        run.update(run.task.loss(run.model, batch))

    return Row(f"training step of {name}", config.batch_size, time_call(train_step))


def _fresh_task(name: str) -> Task:
    """Return what the recipe trains, detail crops included; a denoiser gets noise in place of encoded pictures."""
    recipe, generator = RECIPES[name], make_generator("bench")
    model = build(MODELS[recipe.kind].network, recipe.model, generator)
    if isinstance(model, VAE):
        data = open_dataset(recipe.data, split="train", side=recipe.side)
        return vae_task(model, data, recipe.train, recipe.reconstruction, recipe.crop)
    assert isinstance(model, Denoiser)
    config = model.config
    x0 = normal((512, config.channels, config.side, config.side), generator).half()
    return denoiser_task(model, Examples(x0, tokenise([CAPTION] * 512, config.text)), recipe.train)
