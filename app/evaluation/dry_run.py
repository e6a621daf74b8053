"""What a call would cost, without making it: operations and memory of shapes alone, on PyTorch's meta device.

So a picture of 2048 pixels is counted in the time that a small one takes, on a machine that could not hold it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from app.evaluation.cost_at_size import Size
from app.models.build import Places, outline
from app.models.denoiser import Denoiser, DenoiserConfig
from app.models.vae import VAE, VAEConfig


@dataclass(frozen=True)
class DryRun:
    """operations: of matrix products and convolutions, a multiply-add as two; peak_bytes: most bytes of tensors made
    in the call that were alive at once, as app.evaluation.cost counts them; what a library needs besides is not in it.
    """

    operations: int
    peak_bytes: int


class LiveBytes(TorchDispatchMode):
    """Watches which storages are made in its context and are still alive; `peak` is the most bytes at once."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[StorageWeakRef, int] = {}
        self.peak = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operation, then count."""
        before = {StorageWeakRef(t.untyped_storage()) for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)}
        made = func(*args, **(kwargs or {}))
        self.alive = {ref: size for ref, size in self.alive.items() if not ref.expired()}
        for tensor in tree_leaves(made):
            if isinstance(tensor, Tensor):
                storage = tensor.untyped_storage()
                ref = StorageWeakRef(storage)
                if ref not in before:  # a view of what was there before is no new memory
                    self.alive[ref] = storage.nbytes()
        self.peak = max(self.peak, sum(self.alive.values()))
        return made


def dry_run(call: Callable[[], object]) -> DryRun:
    """Count a call whose tensors are on the meta device."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter, LiveBytes() as live:
        call()
    return DryRun(int(counter.get_total_flops()), live.peak)


@lru_cache(maxsize=256)
def dry_decode(config: VAEConfig, size: Size, dtype: torch.dtype) -> DryRun:
    """Count latent to picture; size: of the picture in pixels, multiples of f."""
    size.require_multiple(config.f, f"A VAE with f = {config.f}")
    network = outline(VAE, config).to(dtype)
    z = _empty((size.batch, config.c, size.height // config.f, size.width // config.f), dtype)
    return dry_run(lambda: network.decode(z))


@lru_cache(maxsize=256)
def dry_step(config: DenoiserConfig, size: Size, dtype: torch.dtype) -> DryRun:
    """Count one prediction, the caption's encoding aside; size: of what is diffused, batch 2 for a guided step."""
    size.require_multiple(config.patch * 2 ** (len(config.widths) - 1), "This denoiser")
    network = outline(Denoiser, config).to(dtype)
    _fit_places(network, config.side, size)
    x, t = _empty((size.batch, config.channels, size.height, size.width), dtype), _empty((size.batch,), torch.int64)
    ids = torch.ones(size.batch, config.text.length, dtype=torch.int64, device="meta")
    with torch.inference_mode():
        text = network.encode_text(ids)
    return dry_run(lambda: network.predict(x, t, text))


def _fit_places(network: Denoiser, side: int, size: Size) -> None:
    """Give each level that attends as many learnt places as it has cells at this size."""
    for places in [module for module in network.modules() if isinstance(module, Places)]:
        finer = side // places.side
        cells = (size.height // finer) * (size.width // finer)
        places.weight = nn.Parameter(_empty((cells, places.embedding_dim), places.weight.dtype))


def _empty(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")
