"""The judge: reads the factors of a scene off a picture, and so grades what a generator drew.

It gives one set of class scores for each label column (app.data.scenes.LABEL_COLUMNS) and a feature vector in which
Frechet distances are measured.
"""

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from app.models.build import check_config, within, zero_init


@dataclass(frozen=True)
class JudgeConfig:
    """columns: names of the label columns; sizes: how many classes each has; side: height and width it reads."""

    columns: tuple[str, ...]
    sizes: tuple[int, ...]
    side: int = 64
    widths: tuple[int, ...] = (32, 64, 128, 192)
    feature_width: int = 256

    def __post_init__(self) -> None:
        numbers = (*self.widths, *self.sizes, self.side, self.feature_width)
        rules = {
            "there are widths and sizes, from 1 to 4096": bool(self.widths and self.sizes) and within(numbers, 1, 4096),
            "each column has a size": len(self.columns) == len(self.sizes),
            "widths are multiples of 8": all(width % 8 == 0 for width in self.widths),
            "side is a multiple of 2 ** levels": self.side % 2 ** len(self.widths) == 0,
        }
        check_config(self, rules)


class JudgeOutput(NamedTuple):
    """scores: one (B, classes) tensor of logits for each column; features: (B, feature_width)."""

    scores: tuple[Tensor, ...]
    features: Float[Tensor, "b d"]


class Judge(nn.Module):
    """Four halvings with one residual block each, then a fully connected layer that keeps positions apart."""

    def __init__(self, config: JudgeConfig) -> None:
        super().__init__()
        self.config = config
        self.body = nn.Sequential(*_layers(config))
        cells = (config.side // 2 ** len(config.widths)) ** 2
        self.features = nn.Linear(config.widths[-1] * cells, config.feature_width)
        self.norm = nn.LayerNorm(config.feature_width)
        self.heads = nn.ModuleList(nn.Linear(config.feature_width, size) for size in config.sizes)

    def forward(self, x: Float[Tensor, "b 3 s s"]) -> JudgeOutput:
        """Read pictures in [-1, 1] of the config's side."""
        features = self.norm(self.features(self.body(x).flatten(1)))
        hidden = nn.functional.silu(features)
        return JudgeOutput(tuple(head(hidden) for head in self.heads), features)


def _layers(config: JudgeConfig) -> list[nn.Module]:
    layers: list[nn.Module] = [nn.PixelUnshuffle(2), nn.Conv2d(12, config.widths[0], 3, padding=1)]
    for level, width in enumerate(config.widths):
        if level:
            layers += [nn.Conv2d(config.widths[level - 1], width, 2, stride=2)]
        layers += [NormedBlock(width)]
    return [*layers, nn.SiLU()]


class NormedBlock(nn.Module):
    """x + conv(silu(norm(conv(silu(norm(x)))))), zero at the start."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, width), nn.GroupNorm(8, width)
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = zero_init(nn.Conv2d(width, width, 3, padding=1))

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        h = self.conv1(nn.functional.silu(self.norm1(x)))
        return x + self.conv2(nn.functional.silu(self.norm2(h)))
