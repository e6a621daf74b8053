"""What the Pipeline lab shows: the ribbon of tensors from caption to picture, and the sprites of every moment."""

from dataclasses import dataclass
from math import prod

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.pictures import to_picture
from app.figures.maps import channel_mosaic, signed_map
from app.figures.parts import Fact, Kind
from app.figures.sheets import Sprites, sprite_sheet
from app.labs.pipeline import Moments, PipelineResult

LIMIT = 3.0
"""Full colour at three standard deviations: what is diffused has unit variance, and noise is standard normal."""

TILE = 64
FILM = 4
"""How many moments between start and end the ribbon's denoiser shows."""

GRID = "channels × height × width"


@dataclass(frozen=True)
class Station:
    """One tensor on the way. shape: without the batch; axes: what it counts; words: shown instead of pictures."""

    title: str
    kind: Kind
    shape: tuple[int, ...]
    axes: str
    alt: str = ""
    pictures: tuple[Image.Image, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def numbers(self) -> int:
        """How many values the tensor has."""
        return prod(self.shape)


@dataclass(frozen=True)
class Stage:
    """One network between two stations, with the wall clock it took in this run."""

    title: str
    kind: Kind
    seconds: float
    note: str


def ribbon_stations(result: PipelineResult) -> dict[str, Station]:
    """Return every tensor from caption to picture, with its true shape."""
    texts = caption_stations(result.words, result.features)
    return {**texts, **_sample_stations(result), "picture": _picture_station(result)}


def caption_stations(words: tuple[str, ...], vectors: Float[Tensor, "l d"]) -> dict[str, Station]:
    """Return the caption as tokens, and as the vectors that the denoiser sees."""
    tokens = vectors.shape[0]
    features = signed_map(vectors, float(vectors.abs().max()))
    alt = "the caption's vectors: a row for each token, a column for each number"
    return {
        "words": Station("Caption", "text", (tokens,), "tokens", words=("‹start›", *words)),
        "features": Station("Caption vectors", "text", tuple(vectors.shape), "tokens × width", alt, (features,)),
    }


def _sample_stations(result: PipelineResult) -> dict[str, Station]:
    run, moments = result.generated, result.moments
    shape, seed = tuple(run.start.shape[1:]), run.request.seed
    what: Kind = "latent" if result.in_latents else "pixel"
    film = [sample_tile(moments.x[k], result.in_latents) for k in film_moments(len(moments.done))]
    start, end = (sample_tile(sample[0], result.in_latents) for sample in (run.start, run.trail[-1].x))
    return {
        "noise": Station(f"Noise, seed {seed}", "noise", shape, GRID, "the noise that the run starts from", (start,)),
        "film": Station("on the way", what, shape, GRID, "the sample while it is denoised", tuple(film)),
        "end": Station(f"Final {what}", what, shape, GRID, f"the {what} after the last step", (end,)),
    }


def _picture_station(result: PipelineResult) -> Station:
    picture = result.generated.picture[0]
    return Station("Picture", "pixel", tuple(picture.shape), GRID, "the finished picture", (to_picture(picture),))


def ribbon_stages(result: PipelineResult) -> dict[str, Stage]:
    """Return the three networks, timed in this run."""
    request, seconds = result.generated.request, result.seconds
    steps = "1 step" if request.steps == 1 else f"{request.steps} steps"
    decode = "rebuilds the pixels" if result.in_latents else "nothing to do: these are pixels"
    return {
        "text": Stage("Text encoder", "text", seconds.text, "runs once"),
        "denoise": Stage("Denoiser", "noise", seconds.denoise, f"{steps}, guidance {request.guidance:g}"),
        "decode": Stage("Decoder", "decoder", seconds.decode, decode),
    }


def film_moments(count: int) -> list[int]:
    """Return up to FILM rows of the moments, evenly spread between the first and the last."""
    between = [round(i * (count - 1) / (FILM + 1)) for i in range(1, FILM + 1)]
    return sorted({k for k in between if 0 < k < count - 1}) or [0]


def sample_tile(sample: Float[Tensor, "c h w"], in_latents: bool) -> Image.Image:
    """Draw what is diffused: its channels as signed maps, or the pixels themselves."""
    return channel_mosaic(sample, LIMIT) if in_latents else to_picture(sample)


def moment_sprites(moments: Moments, in_latents: bool) -> Sprites:
    """Three tiles a row, one row a moment: the sample, the clean sample expected of it, and that decoded."""
    tiles = []
    for x, x0, decoded in zip(moments.x, moments.x0, moments.decoded, strict=True):
        tiles += [sample_tile(x, in_latents), sample_tile(x0, in_latents), to_picture(decoded)]
    return sprite_sheet([_square(tile) for tile in tiles], columns=3)


def moment_frames(sprites: Sprites) -> list[Image.Image]:
    """Cut the sprites into one picture a moment, its tiles side by side: the frames of a film."""
    width, tile = sprites.sheet.width, sprites.tile
    return [sprites.sheet.crop((0, top, width, top + tile)) for top in range(0, sprites.sheet.height, tile)]


def stage_facts(result: PipelineResult) -> list[Fact]:
    """The three stages as numbers in and numbers out."""
    run, what = result.generated, "latent" if result.in_latents else "pixel"
    tokens, width = result.features.shape
    sample, picture = run.start.numel(), run.picture.numel()
    steps = run.request.steps
    facts = [
        Fact("1 · Text encoder", f"{tokens} tokens", f"become {tokens} × {width} numbers, once", "text"),
        Fact("2 · Denoiser", f"{sample:,} numbers", f"of {what} noise, cleaned {steps} times", "noise"),
    ]
    if result.in_latents:
        facts.append(Fact("3 · Decoder", f"{picture:,} numbers", f"out of {sample:,}, once: the picture", "decoder"))
    return facts


def _square(picture: Image.Image) -> Image.Image:
    return picture if picture.size == (TILE, TILE) else picture.resize((TILE, TILE), Image.Resampling.NEAREST)
