"""Captions to tokens: a closed vocabulary, a friendly error for a word outside it, and a small transformer."""

import math
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from app.core.errors import BadRequest, UnknownWord
from app.models.attention import Attention, FeedForward, hiding
from app.models.build import check_config, within

PAD, START = 0, 1
"""Token ids that are no words: filling behind the caption, and its first token, which is all an empty caption has."""


@dataclass(frozen=True)
class TextConfig:
    """vocabulary: the known words, in the order of their ids (id = position + 2); length: tokens with the start."""

    vocabulary: tuple[str, ...]
    length: int = 24
    width: int = 128
    layers: int = 2
    heads: int = 4

    def __post_init__(self) -> None:
        rules = {
            "length, width and heads are from 1 to 4096": within((self.length, self.width, self.heads), 1, 4096),
            "there are 0 to 64 layers": 0 <= self.layers <= 64,
        }
        check_config(self, rules)
        check_config(self, {"heads divides width": self.width % self.heads == 0})


class EncodedText(NamedTuple):
    """tokens: one vector a token; mask: True where there is a token; pooled: one vector for the whole caption."""

    tokens: Float[Tensor, "b l d"]
    mask: Bool[Tensor, "b l"]
    pooled: Float[Tensor, "b d"]


class TextFeatures(NamedTuple):
    """All that a denoiser computes from captions alone, once a run.

    key_values: keys and values of the tokens for each cross-attention, side by side in the order of its stages.
    mask: True where there is a token. pooled: the whole caption's part in the vector that conditions every block.
    """

    key_values: Float[Tensor, "b l kv"]
    mask: Bool[Tensor, "b l"]
    pooled: Float[Tensor, "b cond"]


def split_words(caption: str) -> list[str]:
    """Return the caption's words in lower case, without commas, full stops and quotes."""
    return caption.lower().translate(str.maketrans(",.;:!\"'", "       ")).split()


def check_words(caption: str, vocabulary: tuple[str, ...]) -> list[str]:
    """Return the caption's words; raises UnknownWord that names the first unknown one and the nearest known words."""
    known = set(vocabulary)
    words = split_words(caption)
    for word in words:
        if word not in known:
            shown = word if len(word) <= 30 else word[:30] + "…"
            near = get_close_matches(word[:30], vocabulary, n=3, cutoff=0.6)
            nearest = f"Nearest: {', '.join(near)}. " if near else ""
            raise UnknownWord(
                f"The model has never seen the word '{shown}'.",
                hint=f"{nearest}It was trained on captions such as 'a small striped red star at the top left "
                "on a blue background'.",
            )
    return words


def tokenise(captions: list[str], config: TextConfig) -> Int[Tensor, "b l"]:
    """Return token ids, one row a caption, padded with PAD to config.length.

    Raises UnknownWord for a word outside the vocabulary and BadRequest for a caption that is too long.
    """
    ids = {word: number for number, word in enumerate(config.vocabulary, start=START + 1)}
    tokens = torch.full((len(captions), config.length), PAD, dtype=torch.int64)
    tokens[:, 0] = START
    for row, caption in enumerate(captions):
        words = check_words(caption, config.vocabulary)
        if len(words) > config.length - 1:
            raise BadRequest(
                f"The caption has {len(words)} words; the model reads {config.length - 1}.", hint="Shorten it."
            )
        tokens[row, 1 : len(words) + 1] = torch.tensor([ids[word] for word in words], dtype=torch.int64)
    return tokens


class TextEncoder(nn.Module):
    """Word vectors plus learnt positions through a small pre-norm transformer."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.config = config
        self.words = nn.Embedding(len(config.vocabulary) + 2, config.width)
        self.positions = nn.Embedding(config.length, config.width)
        self.blocks = nn.ModuleList(TextBlock(config) for _ in range(config.layers))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, ids: Int[Tensor, "b l"]) -> EncodedText:
        """Return vectors for token ids as `tokenise` makes them; padding changes nothing."""
        mask = ids != PAD
        h = (self.words(ids) + self.positions.weight) * math.sqrt(self.config.width / 2)
        bias = hiding(mask, h.dtype)
        for block in self.blocks:
            h = block(h, bias)
        h = self.norm(h)
        present = mask.unsqueeze(-1).to(h.dtype)
        return EncodedText(h, mask, (h * present).sum(1) / present.sum(1))


class TextBlock(nn.Module):
    """Self-attention over the caption, then a feed-forward layer, each added to its input."""

    def __init__(self, config: TextConfig) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(config.width)
        self.attention = Attention(config.width, config.width, config.heads)
        self.feed_forward = FeedForward(config.width)

    def forward(self, h: Float[Tensor, "b l d"], bias: Float[Tensor, "b 1 1 l"]) -> Float[Tensor, "b l d"]:
        normed = self.norm(h)
        h = h + self.attention(normed, self.attention.key_value(normed), bias).out
        return self.feed_forward(h)
