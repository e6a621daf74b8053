"""The denoiser: a U-Net with cross-attention to caption tokens. One design for latents of any shape and for pixels.

Walk: x (B, C, H, W) -> optional patching -> levels down, each half the side of the one above -> middle -> levels up,
each with the skip of its level added -> output of x's shape. The level with attention sees the caption's tokens; every
residual block sees the time step and the pooled caption.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from app.models.attention import Attention, FeedForward, hiding
from app.models.build import Places, check_config, within, zero_init
from app.models.text import TextConfig, TextEncoder, TextFeatures


@dataclass(frozen=True)
class DenoiserConfig:
    """channels: of what is diffused; side: its height and width in training; partner: the VAE's name, '' for pixels.

    target: what the network predicts; schedule: a name in app.diffusion.schedule.SCHEDULES.
    widths: channels of each level; attention_levels: levels with self- and cross-attention.
    patch: side of the squares that become one position before the first level.
    """

    text: TextConfig
    channels: int = 4
    side: int = 16
    partner: str = ""
    target: Literal["eps", "x0", "v"] = "v"
    schedule: str = "cosine"
    widths: tuple[int, ...] = (96, 192)
    attention_levels: tuple[int, ...] = (1,)
    blocks: int = 1
    heads: int = 4
    patch: int = 1
    condition_width: int = 256

    def __post_init__(self) -> None:
        levels = len(self.widths)
        positive = (*self.widths, self.channels, self.side, self.heads, self.patch, self.condition_width)
        rules = {
            "widths, channels, side, heads, patch and condition_width are from 1 to 4096": within(positive, 1, 4096),
            "there are 1 to 8 widths": 1 <= levels <= 8,
            "there are 1 to 64 blocks a level": 1 <= self.blocks <= 64,
            "condition_width is even": self.condition_width % 2 == 0,
        }
        check_config(self, rules)
        attending = [self.widths[level] for level in self.attention_levels if 0 <= level < levels]
        rules = {
            "side is a multiple of patch * 2 ** (levels - 1)": self.side % (self.patch * 2 ** (levels - 1)) == 0,
            "attention_levels are numbers of levels, 0 upward": len(attending) == len(self.attention_levels),
            "heads divides the widths that attend": all(width % self.heads == 0 for width in attending),
        }
        check_config(self, rules)


class Denoiser(nn.Module):
    """encode_text turns token ids into `text`, once per run; predict uses it at every step; forward does both."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        self.text = TextEncoder(config.text)
        self.condition = Conditioning(config)
        entry = config.channels * config.patch**2
        self.entry = nn.Conv2d(entry, config.widths[0], 3, padding=1)
        self.down = nn.ModuleList(self._level(level) for level in range(len(config.widths)))
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(config.widths))
        self.middle = self._level(len(config.widths) - 1)
        self.up = nn.ModuleList(self._level(level) for level in range(len(config.widths)))
        self.grow = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in pairwise(config.widths))
        self.exit_norm = nn.GroupNorm(_groups(config.widths[0]), config.widths[0])
        self.exit = zero_init(nn.Conv2d(config.widths[0], entry, 3, padding=1))
        self._attending = [module for module in self.modules() if isinstance(module, AttentionStage)]
        for number, stage in enumerate(self._attending):
            stage.number = number

    def _level(self, level: int) -> nn.ModuleList:
        side = self.config.side // (self.config.patch * 2**level) if level in self.config.attention_levels else None
        return nn.ModuleList(Stage(self.config, self.config.widths[level], side) for _ in range(self.config.blocks))

    def encode_text(self, ids: Int[Tensor, "b l"]) -> TextFeatures:
        """Encode token ids (app.models.text.tokenise); the result serves every step of a run."""
        tokens, mask, pooled = self.text(ids)
        read = [stage.cross_attention.key_value(tokens) for stage in self._attending]
        key_values = torch.cat(read, -1) if read else tokens[..., :0]
        return TextFeatures(key_values, mask, self.condition.caption(pooled))

    def forward(
        self, x: Float[Tensor, "b c h w"], t: Int[Tensor, " b"], ids: Int[Tensor, "b l"]
    ) -> Float[Tensor, "b c h w"]:
        """Encode the captions and predict: what training calls."""
        return self.predict(x, t, self.encode_text(ids))

    def predict(
        self,
        x: Float[Tensor, "b c h w"],
        t: Int[Tensor, " b"],
        text: TextFeatures,
        record: list[Tensor] | None = None,
    ) -> Float[Tensor, "b c h w"]:
        """Predict the target for x at step t (0 = clean .. T). Appends cross-attention maps to `record` if given.

        A recorded map is (B, h, w, L): for each position of an attention level, the weight of each caption token.
        """
        key_values = text.key_values.split([2 * stage.width for stage in self._attending], -1)
        context = Context(self.condition(t, text.pooled), key_values, hiding(text.mask, x.dtype), record)
        h = self.entry(nn.functional.pixel_unshuffle(x, self.config.patch))
        skips = []
        for level, stages in enumerate(self.down):
            h = _run(stages, self.shrink[level - 1](h) if level else h, context)
            skips.append(h)
        h = _run(self.middle, h, context)
        for level in reversed(range(len(self.up))):
            h = _run(self.up[level], h + skips[level], context)
            if level:
                h = nn.functional.pixel_shuffle(self.grow[level - 1](h), 2)
        h = self.exit(nn.functional.silu(self.exit_norm(h)))
        return nn.functional.pixel_shuffle(h, self.config.patch)


@dataclass(frozen=True, eq=False)
class Context:
    """What every stage is told at a step.

    condition: time and caption as one vector. key_values: of the caption's tokens, for each stage that attends.
    bias: hides what is behind the caption. record: a list for attention maps, if they are wanted.
    """

    condition: Float[Tensor, "b cond"]
    key_values: tuple[Tensor, ...]
    bias: Float[Tensor, "b 1 1 l"]
    record: list[Tensor] | None


class Conditioning(nn.Module):
    """The time step and the pooled caption as one vector, (B, condition_width)."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.time = nn.Linear(config.condition_width, config.condition_width)
        self.caption = nn.Linear(config.text.width, config.condition_width)
        self.mix = nn.Linear(config.condition_width, config.condition_width)

    def forward(self, t: Tensor, caption: Float[Tensor, "b cond"]) -> Float[Tensor, "b cond"]:
        """t: (B,) steps; caption: what self.caption made of its vector."""
        waves = time_waves(t, self.time.in_features).to(caption.dtype)
        return nn.functional.silu(self.mix(nn.functional.silu(self.time(waves) + caption)))


def time_waves(t: Tensor, width: int) -> Float[Tensor, "b cond"]:
    """Sinusoidal embedding of the step, periods from 2 pi to 20,000 pi (Vaswani et al. 2017, section 3.5)."""
    half = width // 2
    rates = torch.exp(-math.log(10_000.0) * torch.arange(half, device=t.device, dtype=torch.float32) / half)
    angles = t.to(torch.float32)[:, None] * rates[None]
    return torch.cat([angles.cos(), angles.sin()], dim=-1) * math.sqrt(2.0)


class Stage(nn.Module):
    """One residual block and, where the level attends, self-attention, cross-attention and a feed-forward layer."""

    def __init__(self, config: DenoiserConfig, width: int, attention_side: int | None) -> None:
        super().__init__()
        self.residual = ConditionedBlock(width, config.condition_width)
        self.attention = None if attention_side is None else AttentionStage(width, attention_side, config)

    def forward(self, h: Float[Tensor, "b c h w"], context: Context) -> Float[Tensor, "b c h w"]:
        h = self.residual(h, context.condition)
        return h if self.attention is None else self.attention(h, context)


class ConditionedBlock(nn.Module):
    """Two 3 x 3 convolutions; the condition scales and shifts the features between them (Perez et al. 2018, FiLM)."""

    def __init__(self, width: int, condition_width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = (nn.GroupNorm(_groups(width), width) for _ in range(2))
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = zero_init(nn.Conv2d(width, width, 3, padding=1))
        self.film = zero_init(nn.Linear(condition_width, 2 * width))

    def forward(self, x: Float[Tensor, "b c h w"], condition: Float[Tensor, "b cond"]) -> Float[Tensor, "b c h w"]:
        h = self.norm2(self.conv1(nn.functional.silu(self.norm1(x))))
        scale, shift = self.film(condition)[:, :, None, None].chunk(2, dim=1)
        return x + self.conv2(nn.functional.silu(h * (1 + scale) + shift))


class AttentionStage(nn.Module):
    """Positions attend to each other, then to the caption's tokens, then each to itself.

    Each position adds a learnt vector first: without it 'top left' would mean nothing to a convolution. The condition
    scales the channels of these vectors; as they are plane waves at first, a caption so draws a map of where, a Fourier
    series whose coefficients it chooses.
    """

    def __init__(self, width: int, side: int, config: DenoiserConfig) -> None:
        super().__init__()
        self.width, self.number = width, 0  # its place among the stages that attend: the denoiser counts them
        self.places = Places(side, width)
        self.emphasis = zero_init(nn.Linear(config.condition_width, width))
        self.self_norm, self.cross_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.self_attention = Attention(width, width, config.heads)
        self.cross_attention = Attention(width, config.text.width, config.heads)
        self.feed_forward = FeedForward(width)

    def forward(self, h: Float[Tensor, "b c h w"], context: Context) -> Float[Tensor, "b c h w"]:
        side, record = h.shape[-2:], context.record
        places = self.places.weight * (1 + self.emphasis(context.condition))[:, None]
        tokens = h.flatten(2).transpose(1, 2) + places
        normed = self.self_norm(tokens)
        tokens = tokens + self.self_attention(normed, self.self_attention.key_value(normed)).out
        key_value = context.key_values[self.number]
        crossed = self.cross_attention(self.cross_norm(tokens), key_value, context.bias, weights=record is not None)
        if record is not None and crossed.weights is not None:
            record.append(crossed.weights.unflatten(1, side))
        tokens = self.feed_forward(tokens + crossed.out)
        return tokens.transpose(1, 2).unflatten(2, side).contiguous(memory_format=torch.channels_last)


def _run(stages: nn.Module, h: Tensor, context: Context) -> Float[Tensor, "b c h w"]:
    for stage in stages.children():
        h = stage(h, context)
    return h


def _groups(width: int) -> int:
    return math.gcd(width, 16)
