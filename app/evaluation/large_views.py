"""What a VAE keeps of photographs at 512 x 512, eight times the side that it learnt from: what an upload meets.

The held-out bands are small, so all views are enlarged, which makes them smoother and easier than a sharp photograph of
that size, and those of one photograph overlap: a figure says of how many photographs and how much enlarged they are.
"""

import torch

from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data.photos import MOST_ENLARGED, PHOTOGRAPHS, held_out_views, load_photo, part_of
from app.evaluation.reconstruction import psnr, reconstruct, ssim
from app.store.catalogue import LoadedVAE

SIDE = 512
"""Pixels."""
TURNS = 3
"""Views a photograph, at three heights: more would mostly show the same pixels again."""


def evaluate_large_views(model: LoadedVAE, count: int, runtime: Runtime) -> dict[str, object]:
    """Measure PSNR (mean over views, dB) and SSIM on at most `count` and at most TURNS views a photograph.

    photographs: how many different ones; enlarged: by how much each was, its side in the picture over that in its file.
    """
    enlarged = enlargements(SIDE)
    n = min(count, TURNS * len(enlarged))
    scores = [_compared(model, view, runtime) for view in from_bytes(held_out_views(SIDE, n)).split(1)]
    psnr_db, similarity = torch.cat(scores).mean(dim=0).tolist()
    shown = enlarged[:n]
    return {
        "n": n,
        "photographs": len(shown),
        "enlarged": [round(times, 2) for times in shown],
        "psnr_db": round(psnr_db, 2),
        "ssim": round(similarity, 4),
    }


def enlargements(side: int) -> list[float]:
    """Return by how much each photograph of held_out_views is enlarged, in the order of the views."""
    times = sorted(side / min(part_of(load_photo(name), "test").size) for name in PHOTOGRAPHS)
    return [each for each in times if each <= MOST_ENLARGED]


def _compared(model: LoadedVAE, view: torch.Tensor, runtime: Runtime) -> torch.Tensor:
    """Return PSNR and SSIM of one view as (1, 2)."""
    rebuilt = reconstruct(model, view, runtime)[0]
    return torch.stack([psnr(view, rebuilt), ssim(view, rebuilt)], dim=1)
