"""What a VAE keeps and loses, measured on held-out pictures."""

import math
from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from app.core.pictures import from_bytes, to_bytes
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.data.base import PictureSet
from app.evaluation.frequency import split_error
from app.models.posterior import kl_to_standard_normal, nats_to_bits, sample_posterior
from app.store.catalogue import LoadedRefiner, LoadedVAE

HIGHEST_PSNR = 99.0
"""Reported for identical 8-bit pictures, whose PSNR is infinite."""


def psnr(x: Float[Tensor, "b 3 h w"], y: Float[Tensor, "b 3 h w"]) -> Float[Tensor, " b"]:
    """Peak signal-to-noise ratio of each pair in dB, as 8-bit pictures: what a person sees; at most HIGHEST_PSNR."""
    a, b = (to_bytes(pictures).astype(np.float64) for pictures in (x, y))
    mse = ((a - b) ** 2).mean(axis=(1, 2, 3))
    best = 255.0**2 / 10 ** (HIGHEST_PSNR / 10)
    return torch.from_numpy(10 * np.log10(255.0**2 / np.maximum(mse, best)))


def ssim(x: Float[Tensor, "b 3 h w"], y: Float[Tensor, "b 3 h w"]) -> Float[Tensor, " b"]:
    """Structural similarity of each pair, at most 1, as 8-bit pictures (Wang et al. 2004; scikit-image's).

    The window is 7 pixels wide, and the largest odd number that fits into a smaller picture. NaN below 3 x 3 pixels,
    where no window has a variance to compare.
    """
    from skimage.metrics import structural_similarity  # heavy: the page opens without it

    if min(x.shape[-2:]) < 3:
        return torch.full((len(x),), math.nan, dtype=torch.float64)
    pairs = zip(to_bytes(x), to_bytes(y), strict=True)
    window = min(7, x.shape[-1] - 1 + x.shape[-1] % 2, x.shape[-2] - 1 + x.shape[-2] % 2)
    scores = [structural_similarity(a, b, channel_axis=0, win_size=window) for a, b in pairs]
    return torch.tensor(scores, dtype=torch.float64)


@torch.inference_mode()
def reconstruct(
    model: LoadedVAE, pictures: Float[Tensor, "b 3 h w"], runtime: Runtime, seed: int = 0
) -> tuple[Float[Tensor, "b 3 h w"], Float[Tensor, "b c k l"], Float[Tensor, "b c k l"]]:
    """Encode, draw z, decode; returns reconstruction, mean and logvar, float32 on the CPU."""
    x = runtime.put(pictures)
    mean, logvar = (part.float().cpu() for part in model.network.encode(x))
    z = sample_posterior(mean, logvar, generator=make_generator(seed, "reconstruct"))
    return model.network.decode(z.to(x)).float().cpu(), mean, logvar


def evaluate_vae(model: LoadedVAE, data: PictureSet, count: int, runtime: Runtime) -> dict[str, float | None]:
    """Measure PSNR (mean over pictures), SSIM, KL and the error below and above 1/8 cycle a pixel.

    On the first `count` held-out pictures, or all there are.
    """
    rows, kl, bands = [], [], []
    for start, x in chunks_of(data, count):
        y, mean, logvar = reconstruct(model, x, runtime, seed=start)
        rows.append(_compared(x, y))
        bands.append(torch.stack(split_error(x, y.clamp(-1, 1)), dim=1))
        kl.append(kl_to_standard_normal(mean, logvar).mean(dim=(1, 2, 3)))
    measured = _figures(torch.cat(rows))
    low, high = torch.cat(bands).mean(dim=0).tolist()
    measured |= {"low_frequency_mse": float(f"{low:.4g}"), "high_frequency_mse": float(f"{high:.4g}")}
    if model.network.config.kl_weight > 0:
        measured["kl_bits_per_value"] = round(nats_to_bits(float(torch.cat(kl).mean())), 3)
    return measured


@torch.inference_mode()
def evaluate_refiner(model: LoadedRefiner, data: PictureSet, count: int, runtime: Runtime) -> dict[str, float | None]:
    """Measure what evaluate_vae does, before and after the refiner, on the same reconstructions."""
    before, after = [], []
    for start, x in chunks_of(data, count):
        decoded = reconstruct(model.vae, x, runtime, seed=start)[0]
        before.append(_compared(x, decoded))
        after.append(_compared(x, model.network(runtime.put(decoded)).float().cpu()))
    plain, refined = _figures(torch.cat(before)), _figures(torch.cat(after))
    return refined | {f"{name}_before": value for name, value in plain.items() if name != "n"}


def chunks_of(data: PictureSet, count: int) -> Iterator[tuple[int, Float[Tensor, "b 3 s s"]]]:
    """Yield the first `count` pictures, or all there are, 64 at a time, each chunk with its first item's number."""
    count = min(count, len(data))
    for start in range(0, count, 64):
        yield start, from_bytes(data.pictures(range(start, min(start + 64, count))))


def _compared(x: Float[Tensor, "b 3 h w"], y: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 2"]:
    return torch.stack([psnr(x, y), ssim(x, y)], dim=1)


def _figures(rows: Float[Tensor, "b 2"]) -> dict[str, float | None]:
    psnr_db, similarity = rows.mean(dim=0).tolist()
    defined = None if math.isnan(similarity) else round(similarity, 4)
    return {"n": len(rows), "psnr_db": round(psnr_db, 2), "ssim": defined}
