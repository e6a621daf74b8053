"""The refiner: a small residual network after decoding, the cheapest remedy for what a VAE smears.

It sees a decoded picture and adds a correction; it starts as the identity, so it can only learn to help.
"""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from app.models.build import check_config, within, zero_init
from app.models.vae import ResidualBlock


@dataclass(frozen=True)
class RefinerConfig:
    """partner: the VAE whose reconstructions it repairs; width and blocks: of its body at half the picture's side."""

    partner: str
    width: int = 48
    blocks: int = 4

    def __post_init__(self) -> None:
        rules = {
            "it names its partner": bool(self.partner),
            "width is from 1 to 4096": within((self.width,), 1, 4096),
            "there are 0 to 64 blocks": within((self.blocks,), 0, 64),
        }
        check_config(self, rules)


class Refiner(nn.Module):
    """refiner(picture) -> picture, (B, 3, H, W) in [-1, 1] nominally; H and W even."""

    def __init__(self, config: RefinerConfig) -> None:
        super().__init__()
        self.config = config
        self.body = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(12, config.width, 3, padding=1),
            *(ResidualBlock(config.width) for _ in range(config.blocks)),
            nn.SiLU(),
            zero_init(nn.Conv2d(config.width, 12, 3, padding=1)),
            nn.PixelShuffle(2),
        )

    def forward(self, x: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 3 h w"]:
        """Return the picture plus what the network would correct."""
        return x + self.body(x)
