"""Encode a picture: what the VAE's encoder gives, what its decoder rebuilds, and what that cost."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import to_picture, to_tensor
from app.core.randomness import MOST_SEED, make_generator
from app.core.runtime import Runtime
from app.data.uploads import fit_square, trim_to_multiple
from app.evaluation.reconstruction import psnr, ssim
from app.models.posterior import kl_to_standard_normal, nats_to_bits, sample_posterior
from app.store.catalogue import LoadedVAE

LONGEST_SIDE = 1024


@dataclass(frozen=True)
class EncodeRequest:
    """side: crop and scale to a square of so many pixels first; None keeps the size (trimmed to a multiple of f).

    seed draws z from the posterior. sample: decode z; otherwise decode the mean. Raises BadRequest when a number is
    out of range.
    """

    vae: str
    side: int | None = 64
    seed: int = 0
    sample: bool = True

    def __post_init__(self) -> None:
        if self.side is not None and not 1 <= self.side <= LONGEST_SIDE:
            raise BadRequest(f"The side is {self.side} pixels.", hint=f"Use 1 to {LONGEST_SIDE}.")
        if not 0 <= self.seed <= MOST_SEED:
            raise BadRequest(f"The seed is {self.seed}.", hint=f"Use 0 to {MOST_SEED}.")


@dataclass(frozen=True, eq=False)
class EncodeResult:
    """All tensors are float32 on the CPU. kl_bits: information in all of the latent, in bits; None for a plain
    autoencoder, which has no distribution. psnr in dB and ssim compare picture and reconstruction as 8-bit pictures;
    ssim is NaN below 3 x 3 pixels.
    """

    request: EncodeRequest
    picture: Float[Tensor, "1 3 H W"]
    mean: Float[Tensor, "1 c h w"]
    logvar: Float[Tensor, "1 c h w"]
    z: Float[Tensor, "1 c h w"]
    reconstruction: Float[Tensor, "1 3 H W"]
    kl_bits: float | None
    psnr: float
    ssim: float

    @property
    def std(self) -> Float[Tensor, "1 c h w"]:
        """Posterior deviation of every latent value."""
        return torch.exp(0.5 * self.logvar)

    @property
    def numbers_in(self) -> int:
        """How many numbers the picture has."""
        return self.picture.numel()

    @property
    def numbers_out(self) -> int:
        """How many numbers the latent has."""
        return self.z.numel()

    @property
    def reduction(self) -> float:
        """How many times fewer numbers the latent has."""
        return self.numbers_in / self.numbers_out

    @property
    def error(self) -> Float[Tensor, "1 1 H W"]:
        """Mean absolute error over the colours of each pixel, 0 to 2."""
        return (self.picture - self.reconstruction.clamp(-1, 1)).abs().mean(1, keepdim=True)

    @property
    def kl_cells(self) -> Float[Tensor, "h w"] | None:
        """Bits that each cell costs, its channels together, >= 0: where the budget goes; None as kl_bits is."""
        if self.kl_bits is None:
            return None
        return kl_to_standard_normal(self.mean, self.logvar)[0].sum(dim=0) / math.log(2)

    def summary(self) -> dict[str, object]:
        """Return the numbers, as the command line prints them."""
        bits = self.kl_bits
        return {
            "vae": self.request.vae,
            "picture_shape": list(self.picture.shape[1:]),
            "latent_shape": list(self.z.shape[1:]),
            "numbers_in": self.numbers_in,
            "numbers_out": self.numbers_out,
            "reduction": round(self.reduction, 2),
            "kl_bits": None if bits is None else round(bits, 1),
            "kl_bits_per_value": None if bits is None else round(bits / self.numbers_out, 3),
            "psnr_db": round(self.psnr, 2) if math.isfinite(self.psnr) else None,
            "ssim": None if math.isnan(self.ssim) else round(self.ssim, 4),
        }


class Stage(NamedTuple):
    """Where a long encoding stands: what comes next, the share that is done, and the result once it is there."""

    doing: str
    done: float
    result: EncodeResult | None = None


def encode(model: LoadedVAE, picture: Image.Image, request: EncodeRequest, runtime: Runtime) -> EncodeResult:
    """Encode a PIL picture, draw z, decode it, and measure what was kept."""
    *_, last = encode_stages(model, prepare(model, picture, request), request, runtime)
    return _finished(last)


def encode_tensor(
    model: LoadedVAE, x: Float[Tensor, "1 3 H W"], request: EncodeRequest, runtime: Runtime
) -> EncodeResult:
    """The same for a picture that is a tensor in [-1, 1] already; its sides must be multiples of f."""
    *_, last = encode_stages(model, x, request, runtime)
    return _finished(last)


def prepare(model: LoadedVAE, picture: Image.Image, request: EncodeRequest) -> Float[Tensor, "1 3 H W"]:
    """Crop and scale a picture as the request says, so that its sides are multiples of the VAE's f."""
    f = model.network.config.f
    shown = fit_square(picture, request.side) if request.side is not None else trim_to_multiple(picture, f)
    return to_tensor(shown)[None]


@torch.inference_mode()
def encode_stages(
    model: LoadedVAE, x: Float[Tensor, "1 3 H W"], request: EncodeRequest, runtime: Runtime
) -> Iterator[Stage]:
    """Encode in three stages that a page can report and stop between; the last one holds the result."""
    yield Stage("the encoder reads the picture", 0.0)
    placed = runtime.put(x)
    mean, logvar = (part.float().cpu() for part in model.network.encode(placed))
    yield Stage("the decoder rebuilds it", 0.35)
    z = sample_posterior(mean, logvar, generator=make_generator(request.seed, "posterior"))
    chosen = z if request.sample else mean
    decoded = model.network.decode(chosen.to(placed)).float().cpu()
    yield Stage("the two are compared", 0.8)
    plain = model.network.config.kl_weight == 0
    bits = None if plain else nats_to_bits(float(kl_to_standard_normal(mean, logvar).sum()))
    scores = float(psnr(x, decoded)[0]), float(ssim(x, decoded)[0])
    yield Stage("done", 1.0, EncodeResult(request, x, mean, logvar, chosen, decoded, bits, *scores))


def _finished(last: Stage) -> EncodeResult:
    assert last.result is not None
    return last.result


def png_bytes(picture: Float[Tensor, "1 3 H W"]) -> int:
    """Return what a picture takes as an optimised PNG file, in bytes: every pixel exact."""
    file = BytesIO()
    to_picture(picture[0]).save(file, "PNG", optimize=True)
    return file.tell()
