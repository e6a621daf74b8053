"""The variational autoencoder: pictures (B, 3, H, W) in [-1, 1] to latents (B, c, H/f, W/f) and back.

A network as a list, one resolution a line. Fully convolutional: any side that is a multiple of f. No normalisation
layers: residual branches start at zero, which trains half as fast again as GroupNorm here and stays finite.
"""

from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from app.core.errors import BadRequest
from app.models.build import check_config, within, zero_init
from app.models.posterior import LOGVAR_RANGE, Posterior, reparameterise

STEM = 2
"""The first halving is a pixel-unshuffle, which costs nothing: no convolution runs at full resolution."""


@dataclass(frozen=True)
class VAEConfig:
    """f: spatial downsampling factor; c: latent channels; kl_weight: beta, per latent value, in 1 / nats.

    kl_weight = 0 makes a plain autoencoder: the encoder gives one code and no variance.
    widths: channels at H/2, H/4, H/8, H/16 (only the first log2(f) are used). *_blocks: residual blocks a level.
    """

    f: int
    c: int
    kl_weight: float = 1e-4
    widths: tuple[int, ...] = (32, 64, 128, 192)
    encoder_blocks: int = 1
    decoder_blocks: int = 2

    def __post_init__(self) -> None:
        if self.f not in (2, 4, 8, 16):
            raise BadRequest(f"The downsampling factor f cannot be {self.f}.", hint="Use 2, 4, 8 or 16.")
        if not 1 <= self.c <= 4096 or not 0 <= self.kl_weight < float("inf"):
            raise BadRequest(f"c = {self.c}, KL weight = {self.kl_weight}.", hint="Use c >= 1 and a weight >= 0.")
        halvings = self.f.bit_length() - 1
        rules = {
            f"f = {self.f} needs {halvings} widths": len(self.widths) >= halvings,
            "widths are positive": within(self.widths, 1, 4096),
            "there are 0 to 64 blocks a level": within((self.encoder_blocks, self.decoder_blocks), 0, 64),
        }
        check_config(self, rules)

    @property
    def level_widths(self) -> tuple[int, ...]:
        """The widths in use, one for each halving."""
        return self.widths[: self.f.bit_length() - 1]

    @property
    def reduction(self) -> float:
        """TSR, how many times fewer numbers a latent has than its picture: f * f * 3 / c."""
        return self.f * self.f * 3 / self.c


class VAEOutput(NamedTuple):
    """reconstruction: pictures, not clipped; posterior: the Gaussian that z was drawn from."""

    reconstruction: Float[Tensor, "b 3 h w"]
    posterior: Posterior


class ResidualBlock(nn.Module):
    """x + conv(silu(conv(silu(x)))), the second convolution zero at the start."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = zero_init(nn.Conv2d(width, width, 3, padding=1))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        h = self.first(nn.functional.silu(x))
        return x + self.second(nn.functional.silu(h))


class VAE(nn.Module):
    """encode and decode are the interface; forward runs both for training."""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = nn.Sequential(*_encoder_layers(config))
        self.decoder = nn.Sequential(*_decoder_layers(config))

    def encode(self, x: Float[Tensor, "b 3 h w"]) -> Posterior:
        """Return the posterior of pictures in [-1, 1]; raises BadRequest for a side that is no multiple of f."""
        f = self.config.f
        if x.shape[-1] % f or x.shape[-2] % f:
            raise BadRequest(
                f"A picture of {x.shape[-1]} x {x.shape[-2]} pixels does not divide by f = {f}.",
                hint=f"Crop it so that both sides are multiples of {f}.",
            )
        moments = self.encoder(x)
        if self.config.kl_weight == 0:
            return Posterior(moments, torch.full_like(moments, LOGVAR_RANGE[0]))
        mean, logvar = moments.chunk(2, dim=1)
        return Posterior(mean, logvar.clamp(*LOGVAR_RANGE))

    def decode(self, z: Float[Tensor, "b c h w"]) -> Float[Tensor, "b 3 H W"]:
        """Return pictures, nominally in [-1, 1], not clipped."""
        return self.decoder(z)

    def forward(self, x: Float[Tensor, "b 3 h w"], eps: Float[Tensor, "b c k l"]) -> VAEOutput:
        """Encode, draw z with the given noise (ignored by a plain autoencoder), decode."""
        posterior = self.encode(x)
        z = posterior.mean if self.config.kl_weight == 0 else reparameterise(*posterior, eps)
        return VAEOutput(self.decode(z), posterior)


@torch.no_grad()
def copy_outer_layers(vae: VAE, from_vae: VAE) -> int:
    """Copy weights from the picture inwards, in encoder and decoder, up to the first layer that differs in shape.

    A VAE of the same f but another c also takes the latent channels that both have: of more channels it begins as the
    one it takes from, as the decoder does not read the new ones yet. Elsewhere the decoder's layer before the copied
    ones begins at zero, so with one grey picture: random input would make copied layers unlearn in a few steps what
    they know (growing a network without changing what it does: Chen et al. 2016, "Net2Net").
    Returns how many layers with weights were copied whole.
    """
    encoders = list(takewhile(_alike, zip(vae.encoder, from_vae.encoder, strict=False)))
    decoders = list(takewhile(_alike, zip(list(vae.decoder)[::-1], list(from_vae.decoder)[::-1], strict=False)))
    for layer, other in (*encoders, *decoders):
        layer.load_state_dict(other.state_dict())
    inner = list(vae.decoder)[: len(vae.decoder) - len(decoders)]
    joint = next((layer for layer in reversed(inner) if layer.state_dict()), None)
    if decoders and joint is not None:
        for weight in joint.parameters():
            weight.zero_()
        if vae.config.level_widths == from_vae.config.level_widths:
            _copy_latent_channels(vae, from_vae)
    return sum(bool(layer.state_dict()) for layer, _ in (*encoders, *decoders))


def _alike(pair: tuple[nn.Module, nn.Module]) -> bool:
    shapes = [{name: weight.shape for name, weight in layer.state_dict().items()} for layer in pair]
    return type(pair[0]) is type(pair[1]) and shapes[0] == shapes[1]


def _copy_latent_channels(vae: VAE, from_vae: VAE) -> None:
    """Let the layers at the latent, of equal shape but for c, agree on as many channels as both have."""
    c = min(vae.config.c, from_vae.config.c)
    moments = 2 if vae.config.kl_weight and from_vae.config.kl_weight else 1
    for ours, theirs in zip(vae.encoder[-1].parameters(), from_vae.encoder[-1].parameters(), strict=True):
        for part, other in zip(ours.chunk(moments), theirs.chunk(moments), strict=True):
            part[:c] = other[:c]
    first, other_first = vae.decoder.get_parameter("0.weight"), from_vae.decoder.get_parameter("0.weight")
    first[:, :c] = other_first[:, :c]
    vae.decoder.get_parameter("0.bias").copy_(from_vae.decoder.get_parameter("0.bias"))


def _encoder_layers(config: VAEConfig) -> list[nn.Module]:
    widths = config.level_widths
    moments = config.c if config.kl_weight == 0 else 2 * config.c
    layers = [nn.PixelUnshuffle(STEM), nn.Conv2d(3 * STEM**2, widths[0], 3, padding=1)]
    layers += [ResidualBlock(widths[0]) for _ in range(config.encoder_blocks)]
    for above, below in pairwise(widths):
        layers += [nn.Conv2d(above, below, 2, stride=2)]
        layers += [ResidualBlock(below) for _ in range(config.encoder_blocks)]
    layers += [ResidualBlock(widths[-1]), nn.SiLU(), nn.Conv2d(widths[-1], moments, 3, padding=1)]
    return layers


def _decoder_layers(config: VAEConfig) -> list[nn.Module]:
    widths = config.level_widths[::-1]
    layers: list[nn.Module] = [nn.Conv2d(config.c, widths[0], 3, padding=1)]
    layers += [ResidualBlock(widths[0]) for _ in range(config.decoder_blocks)]
    for below, above in pairwise(widths):
        layers += [nn.Conv2d(below, 4 * above, 1), nn.PixelShuffle(2)]
        layers += [ResidualBlock(above) for _ in range(config.decoder_blocks)]
    layers += [nn.SiLU(), nn.Conv2d(widths[-1], 3 * STEM**2, 3, padding=1), nn.PixelShuffle(STEM)]
    return layers
