"""Be the denoiser: which of four clean pictures is under the noise? The visitor, the network and Bayes' rule answer."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.randomness import MOST_SEED, make_generator, make_numpy_generator, normal
from app.core.runtime import Runtime
from app.data.scenes import Scene, Scenes
from app.data.scenes.attributes import COLOURS, KINDS, PLACES, TEXTURES
from app.diffusion.guidance import unguided
from app.diffusion.schedule import SCHEDULES
from app.diffusion.targets import add_noise
from app.evaluation.judging import items_with
from app.evaluation.sampling import predictor
from app.labs.denoise import check_range
from app.labs.denoise_noise import clean_latent, decode_latents
from app.models.text import tokenise
from app.store.catalogue import LoadedDenoiser

CANDIDATES = 4
MOST_ROUNDS = 12
DIFFERENCES: dict[str, tuple[str, ...]] = {
    "everything": (),
    "place": PLACES,
    "colour": COLOURS,
    "shape": KINDS,
    "texture": TEXTURES,
}
"""In what the four pictures differ -> the values it may have."""


@dataclass(frozen=True)
class GameRequest:
    """signal: share of the power that is signal, 0.001 to 0.9; differ: a key of DIFFERENCES; rounds: how many."""

    signal: float = 0.05
    differ: str = "everything"
    seed: int = 0
    rounds: int = 6

    def __post_init__(self) -> None:
        check_range("share of signal", self.signal, 0.001, 0.9)
        check_range("seed", self.seed, 0, MOST_SEED)
        check_range("number of rounds", self.rounds, 1, MOST_ROUNDS)
        if self.differ not in DIFFERENCES:
            raise BadRequest(
                f"The pictures cannot differ in '{self.differ}'.", hint=f"Use one of: {', '.join(DIFFERENCES)}."
            )


@dataclass(frozen=True, eq=False)
class GameResult:
    """r rounds. candidates: four clean pictures each; answer: which of them was noised; signal, t: the level.

    x: the noised latent; seen: it decoded; expected: what the denoiser takes for the clean picture, without a caption.
    network: the candidate nearest to that; bayes: the candidate nearest to x itself, which no rule can beat.
    """

    request: GameRequest
    t: int
    signal: float
    candidates: Float[Tensor, "r k 3 H W"]
    answer: tuple[int, ...]
    x: Float[Tensor, "r c h w"]
    seen: Float[Tensor, "r 3 H W"]
    expected: Float[Tensor, "r 3 H W"]
    network: tuple[int, ...]
    bayes: tuple[int, ...]


@torch.inference_mode()
def deal(model: LoadedDenoiser, request: GameRequest, runtime: Runtime) -> GameResult:
    """Draw all rounds from held-out scenes and let the network play them, in one batch. BadRequest without a VAE."""
    if model.vae is None:
        raise BadRequest("This game is played on latents.", hint="Choose a denoiser that works on latents.")
    schedule, rounds = SCHEDULES[model.network.config.schedule](), request.rounds
    t = int((schedule.alpha_bar - request.signal).abs()[1:].argmin()) + 1
    pictures = torch.cat([_candidates(request, number) for number in range(rounds)])
    latents = clean_latent(model.vae, pictures, runtime).unflatten(0, (rounds, CANDIDATES))
    answer = make_numpy_generator(request.seed, "game", "answer").integers(0, CANDIDATES, rounds).tolist()
    clean = latents[range(rounds), answer]
    noise = [normal(tuple(clean.shape[1:]), make_generator(request.seed, "game", "noise", n)) for n in range(rounds)]
    x = add_noise(clean, torch.stack(noise), float(schedule.alpha_bar[t]))
    expected = _expected(model, x, t, runtime)
    seen, shown = decode_latents(model.vae, torch.cat([x, expected]), runtime).chunk(2)
    size = float(schedule.alpha_bar[t].sqrt())
    return GameResult(
        request, t, float(schedule.alpha_bar[t]), pictures.unflatten(0, (rounds, CANDIDATES)), tuple(answer), x,
        seen, shown, nearest_candidate(expected, latents), nearest_candidate(x, size * latents),
    )  # fmt: skip


def nearest_candidate(x: Float[Tensor, "r c h w"], candidates: Float[Tensor, "r k c h w"]) -> tuple[int, ...]:
    """Return for each round the candidate at the least squared distance: the likeliest one under Gaussian noise."""
    return tuple((candidates - x[:, None]).flatten(2).square().sum(-1).argmin(1).tolist())


def _expected(model: LoadedDenoiser, x: Float[Tensor, "r c h w"], t: int, runtime: Runtime) -> Tensor:
    config = model.network.config
    empty = model.network.encode_text(tokenise([""], config.text).to(runtime.device))
    ask = unguided(predictor(model.network, runtime), empty, SCHEDULES[config.schedule](), config.target)
    return ask(x, t).x0


def _candidates(request: GameRequest, number: int) -> Float[Tensor, "k 3 H W"]:
    """Four different held-out scenes of one thing, or one of them in four versions of one attribute."""
    scenes = Scenes(split="test")
    chance = make_numpy_generator(request.seed, "game", request.differ, number)
    items = items_with(scenes, 1, 400)
    if request.differ == "everything":
        return from_bytes(scenes.pictures(chance.choice(items, CANDIDATES, replace=False).tolist()))
    scene = scenes.scenes([int(chance.choice(items))])[0]
    values = [value for value in DIFFERENCES[request.differ] if request.differ != "colour" or value != scene.background]
    chosen = chance.choice(values, CANDIDATES, replace=False).tolist()
    drawn = [scenes.render_scene(_version(scene, request.differ, value), seed=number) for value in chosen]
    return from_bytes(np.stack(drawn))


def _version(scene: Scene, differ: str, value: str) -> Scene:
    if differ == "place":
        return replace(scene, place=value)
    field = {"colour": "colour", "shape": "kind", "texture": "texture"}[differ]
    return replace(scene, things=(replace(scene.things[0], **{field: value}),))
