"""The peer of the benchmark: networks of the library `diffusers`, if it is installed, of the size and shapes of ours.

It is a tool for comparing, never needed by the app. Each side is timed at its best documented setting: the runtime's
number format, channels_last, PyTorch's fused attention (the library's default), inference mode.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.randomness import make_generator, normal
from app.core.runtime import Runtime
from app.models.build import count_parameters

VAE_WIDTHS, DENOISER_WIDTHS = (32, 48, 96), (64, 112, 160)
"""Channels that give it as many parameters as f4c4 (1.4 million) and the generator (8.0 million) have."""
TEXT_LENGTH, TEXT_WIDTH, GUIDANCE = 24, 128, 3.0


@dataclass(frozen=True, eq=False)
class Peer:
    """Its VAE (f = 4, 4 channels), its denoiser (16 x 16 x 4, three levels, two with cross-attention), and DDIM."""

    vae: Any
    denoiser: Any
    make_scheduler: Any

    def describe(self) -> str:
        """Say what ours is compared with."""
        sizes = [f"{count_parameters(network) / 1e6:.1f}" for network in (self.vae, self.denoiser)]
        return f"diffusers {import_module('diffusers').__version__}, {sizes[0]} and {sizes[1]} million parameters"

    def encode(self, x: Float[Tensor, "b 3 h w"]) -> Tensor:
        """Return the latents' mean."""
        return self.vae.encode(x).latent_dist.mean

    def decode(self, z: Float[Tensor, "b 4 h w"]) -> Tensor:
        """Return pictures."""
        return self.vae.decode(z).sample

    def predict(self, x: Float[Tensor, "b 4 h w"], t: Tensor) -> Tensor:
        """Ask its denoiser, with a caption's vectors that are ready: the first call of a batch size makes them."""
        return self.denoiser(x, t, encoder_hidden_states=_words(len(x), x.device, x.dtype)).sample

    def draw(self, start: Float[Tensor, "b 4 h w"], steps: int) -> Tensor:
        """Denoise with guidance as the library's pipelines do, then decode."""
        scheduler, x = self.make_scheduler(), start
        scheduler.set_timesteps(steps)
        for t in scheduler.timesteps:
            with_text, without = self.predict(torch.cat([x, x]), t).chunk(2)
            x = scheduler.step(without + GUIDANCE * (with_text - without), t, x).prev_sample
        return self.decode(x)


@lru_cache(maxsize=16)
def _words(count: int, device: torch.device, dtype: torch.dtype) -> Float[Tensor, "b l d"]:
    """Draw the captions' vectors of a batch, once: the call that warms up does it, so that it is never timed."""
    return normal((count, TEXT_LENGTH, TEXT_WIDTH), make_generator("peer")).to(device, dtype)


def load_peer(runtime: Runtime) -> Peer | None:
    """Build the peer with whatever weights it starts with; None if the library is not installed."""
    if find_spec("diffusers") is None:
        return None
    library: Any = import_module("diffusers")
    library.utils.logging.set_verbosity_error()
    vae, denoiser = runtime.place(_vae(library)).eval(), runtime.place(_denoiser(library)).eval()
    return Peer(vae, denoiser, library.DDIMScheduler)


def _vae(library: Any) -> Any:
    levels = len(VAE_WIDTHS)
    return library.AutoencoderKL(
        block_out_channels=VAE_WIDTHS,
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        latent_channels=4,
        norm_num_groups=16,
        mid_block_add_attention=False,
    )


def _denoiser(library: Any) -> Any:
    return library.UNet2DConditionModel(
        sample_size=16,
        block_out_channels=DENOISER_WIDTHS,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=TEXT_WIDTH,
        attention_head_dim=4,
        norm_num_groups=16,
    )
