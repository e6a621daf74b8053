"""The ribbon of a visitor's picture: every tensor from the picture through the whole model to a picture again."""

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.pictures import to_picture
from app.evaluation.reconstruction import psnr
from app.figures.latents import shown
from app.figures.maps import channel_mosaic
from app.figures.parts import Fact, Group, Tile
from app.figures.pipeline import GRID, Stage, Station, caption_stations, film_moments, moment_sprites, sample_tile
from app.figures.sheets import Sprites
from app.labs.pass_through import PassRequest, PassResult


def pass_stations(result: PassResult) -> dict[str, Station]:
    """Return every tensor on the way, with its true shape, in the order in which they are made."""
    encoded, moments = result.encoded, result.moments
    shape = tuple(encoded.z.shape[1:])
    film = [sample_tile(moments.x[k], True) for k in film_moments(len(moments.done))]
    start, end = (sample_tile(moments.x[k], True) for k in (0, -1))
    return {
        "input": _picture("Your picture", encoded.picture, "the picture that goes in"),
        "posterior": _posterior_station(result),
        "latent": Station("Latent", "latent", shape, GRID, "the latent that was drawn", (_latent_tile(result),)),
        "noise": Station(
            f"Latent with {1 - result.signal:.0%} noise", "noise", shape, GRID, "the noisy latent", (start,)
        ),
        **caption_stations(result.words, result.features),
        "film": Station("on the way", "latent", shape, GRID, "the latent while it is denoised", tuple(film)),
        "end": Station("Final latent", "latent", shape, GRID, "the latent after the last step", (end,)),
        "picture": _picture("Picture", result.picture, "the picture that comes out"),
    }


def _picture(title: str, picture: Float[Tensor, "1 3 H W"], alt: str) -> Station:
    return Station(title, "pixel", tuple(picture.shape[1:]), GRID, alt, (shown(to_picture(picture[0])),))


def _posterior_station(result: PassResult) -> Station:
    """Mean and variance: two tensors of the latent's shape; a plain autoencoder has one code."""
    mean, logvar = result.encoded.mean[0], result.encoded.logvar[0]
    tiles = [channel_mosaic(mean, float(mean.abs().max()))]
    if result.encoded.kl_bits is not None:
        centred = logvar - logvar.mean()
        tiles.append(channel_mosaic(centred, float(centred.abs().max())))
    title = "Mean and variance" if len(tiles) > 1 else "The code"
    alt = "the mean and, beside it, the log-variance of the latent, about its own mean"
    return Station(title, "latent", (len(tiles) * mean.shape[0], *mean.shape[1:]), GRID, alt, tuple(tiles))


def _latent_tile(result: PassResult) -> Image.Image:
    z = result.encoded.z[0]
    return channel_mosaic(z, float(z.abs().max()))


def pass_stages(result: PassResult) -> dict[str, Stage]:
    """Return the networks, timed in this run, and the draw and the noise between them."""
    request, seconds = result.request, result.seconds
    steps = "no step" if request.steps == 0 else "1 step" if request.steps == 1 else f"{request.steps} steps"
    return {
        "encode": Stage("Encoder", "latent", seconds.encode, "reads the pixels, once"),
        "text": Stage("Text encoder", "text", seconds.text, "runs once"),
        "denoise": Stage("Denoiser", "noise", seconds.denoise, f"{steps}, guidance {request.run.guidance:g}"),
        "decode": Stage("Decoder", "decoder", seconds.decode, "rebuilds the pixels"),
    }


def pass_groups(result: PassResult) -> list[Group]:
    """What went in, what the VAE alone would give, and what came out."""
    tiles = (
        Tile("Your picture", "pixel", shown(to_picture(result.encoded.picture[0])), "the picture that goes in"),
        Tile(
            "VAE alone", "decoder", shown(to_picture(result.encoded.reconstruction[0])), "encoded and decoded, no more"
        ),
        Tile("Through the model", "decoder", shown(to_picture(result.picture[0])), "noised, denoised and decoded"),
    )
    return [Group("In and out", tiles, "The difference between the last two is what the denoiser has made up.")]


def pass_facts(result: PassResult) -> list[Fact]:
    """How much of the picture is left at the turning point, and how near the end is to the beginning."""
    kept = psnr(result.encoded.picture, result.picture)[0].item()
    return [
        Fact("Noise up to", f"step {result.level:,}", f"signal {result.signal:.0%} of the power", "noise"),
        Fact("Back in", f"{result.request.steps} steps", _steered(result.request), "text"),
        Fact("VAE alone", f"{result.encoded.psnr:.1f} dB", "PSNR against your picture", "decoder"),
        Fact("In the end", f"{kept:.1f} dB", "PSNR against your picture", "pixel"),
    ]


def _steered(request: PassRequest) -> str:
    if not request.steps:
        return "nothing was added, so nothing is taken away"
    heard = request.run.caption.strip() and request.run.guidance > 0
    return "the caption steers each of them" if heard else "no caption: the denoiser is not told what to draw"


def pass_sprites(result: PassResult) -> Sprites:
    """The way back from the noisy latent, as for a generated picture."""
    return moment_sprites(result.moments, in_latents=True)
