"""Captions to tokens: the closed vocabulary, its friendly errors, and padding that changes nothing."""

import pytest
import torch

from app.core.errors import BadRequest, UnknownWord
from app.core.randomness import make_generator
from app.models.build import build
from app.models.text import PAD, START, TextConfig, TextEncoder, tokenise
from tests.checkpoints import awake

WORDS = ("a", "blue", "on", "red", "star", "striped")
CONFIG = TextConfig(WORDS, length=8, width=16, layers=2, heads=2)


def test_tokens_are_start_words_padding():
    assert tokenise(["a red star", ""], CONFIG).tolist() == [
        [START, 2, 5, 6, PAD, PAD, PAD, PAD],
        [START, PAD, PAD, PAD, PAD, PAD, PAD, PAD],
    ]


def test_capitals_and_punctuation_do_not_matter():
    assert torch.equal(tokenise(["A red STAR, on blue."], CONFIG), tokenise(["a red star on blue"], CONFIG))


def test_an_unknown_word_is_named_with_the_nearest_known_ones():
    with pytest.raises(UnknownWord, match="'strped'") as caught:
        tokenise(["a strped star"], CONFIG)
    assert "striped" in caught.value.hint


@pytest.mark.parametrize("caption", ["звезда", "<b>star</b>", "x" * 10_000, "star " * 2000])
def test_strange_captions_get_one_short_sentence(caption):
    with pytest.raises((UnknownWord, BadRequest)) as caught:
        tokenise([caption], CONFIG)
    assert len(str(caught.value)) < 300


def test_padding_changes_nothing():
    encoder = awake(TextEncoder, CONFIG, make_generator(0))
    longer = TextConfig(WORDS, length=12, width=16, layers=2, heads=2)
    other = build(TextEncoder, longer, make_generator(0)).eval()
    state = encoder.state_dict()
    state["positions.weight"] = torch.cat([state["positions.weight"], torch.full((4, 16), 9.0)])
    other.load_state_dict(state)
    short, padded = encoder(tokenise(["a red star"], CONFIG)), other(tokenise(["a red star"], longer))
    assert torch.allclose(short.pooled, padded.pooled, atol=1e-6)
    assert torch.allclose(short.tokens[:, :4], padded.tokens[:, :4], atol=1e-6)


def test_the_order_of_the_words_matters():
    encoder = awake(TextEncoder, CONFIG, make_generator(0))
    one, two = encoder(tokenise(["a red star on blue", "a blue star on red"], CONFIG)).pooled
    assert (one - two).abs().max() > 1e-3
