"""The denoiser: what it listens to, and attention maps that are true weights."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from app.core.randomness import make_generator, normal
from app.models.build import build
from app.models.denoiser import Context, Denoiser, DenoiserConfig
from app.models.text import TextConfig, tokenise
from tests.checkpoints import awake

TEXT = TextConfig(("a", "blue", "red", "star"), length=6, width=16, layers=1, heads=2)
CONFIG = DenoiserConfig(TEXT, channels=4, side=8, widths=(16, 32), heads=2, condition_width=32)


@torch.no_grad()
def predict(model, x, t, captions):
    return model(x, t, tokenise(captions, TEXT))


X = normal((2, 4, 8, 8), make_generator(2))
T = torch.tensor([10, 900])


def test_a_fresh_network_predicts_zero_so_its_first_loss_is_the_targets_power():
    fresh = build(Denoiser, CONFIG, make_generator(0))
    assert predict(fresh, X, T, ["a red star", ""]).abs().max() == 0


def test_it_listens_to_picture_time_and_caption():
    model = awake(Denoiser, CONFIG, make_generator(0))
    base = predict(model, X, T, ["a red star"] * 2)
    assert (predict(model, X + 0.1, T, ["a red star"] * 2) - base).abs().max() > 1e-3
    assert (predict(model, X, T + 50, ["a red star"] * 2) - base).abs().max() > 1e-3
    assert (predict(model, X, T, ["a blue star"] * 2) - base).abs().max() > 1e-3


def test_rows_of_a_batch_do_not_mix():
    model = awake(Denoiser, CONFIG, make_generator(0))
    both = predict(model, X, T, ["a red star", "a blue star"])
    alone = predict(model, X[1:], T[1:], ["a blue star"])
    assert torch.allclose(both[1:], alone, atol=1e-5)


def test_attention_maps_are_weights_over_the_words_that_are_there():
    model, maps = awake(Denoiser, CONFIG, make_generator(0)), []
    ids = tokenise(["a red star", "a"], TEXT)
    with torch.no_grad():
        model.predict(X, T, model.encode_text(ids), maps)
    assert len(maps) == 3  # down, middle and up at the attention level
    for weights in maps:
        assert weights.shape == (2, 4, 4, 6)
        assert torch.allclose(weights.sum(-1), torch.ones(2, 4, 4), atol=1e-5)
        assert weights[1, ..., 2:].abs().max() == 0  # padding behind "a" gets nothing


@pytest.mark.parametrize("changes", [{"patch": 2, "widths": (16,), "attention_levels": (0,)}, {"blocks": 2}])
def test_other_shapes_of_the_same_design(changes):
    model = awake(Denoiser, replace(CONFIG, **changes), make_generator(0))
    out = predict(model, X, T, ["a", "a"])
    assert out.shape == X.shape
    assert torch.isfinite(out).all()


def test_gradients_reach_every_weight():
    model = awake(Denoiser, CONFIG, make_generator(0)).train()
    model(X, T, tokenise(["a red star", "a blue star"], TEXT)).square().mean().backward()
    silent = [name for name, weight in model.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert silent == []


def test_attention_knows_where_a_position_is():
    """On a constant input all positions look alike; only what is learnt for each place can tell them apart."""
    model = awake(Denoiser, CONFIG, make_generator(0))
    text = model.encode_text(tokenise(["a red star"], TEXT))
    with torch.no_grad():
        context = Context(torch.zeros(1, 32), text.key_values.split(64, -1), torch.zeros(1, 1, 1, 6), None)
        out = model.middle[0].attention(torch.ones(1, 32, 4, 4), context)
    assert out.flatten(2).std(dim=-1).min() > 1e-2


def asked(model, **options):
    with torch.set_grad_enabled(options.pop("grad", False)):
        return model.predict(X, T, model.encode_text(tokenise(["a red star", "a"], TEXT)), **options)


@pytest.mark.parametrize("slow", [{"grad": True}, {"record": []}])
def test_the_fused_attention_says_what_the_written_one_says(slow):
    model = awake(Denoiser, CONFIG, make_generator(0))
    torch.testing.assert_close(asked(model), asked(model, **slow).detach(), rtol=0, atol=1e-5)


def test_softmax_is_written_out_only_for_gradients_and_maps(monkeypatch):
    """The fused kernel's backward is slow on a CPU, and it shows no weights."""
    fused, whole = [], nn.functional.scaled_dot_product_attention
    monkeypatch.setattr(
        nn.functional, "scaled_dot_product_attention", lambda *a, **k: fused.append(1) or whole(*a, **k)
    )
    model, stages, blocks = awake(Denoiser, CONFIG, make_generator(0)), 3, TEXT.layers
    calls = {}
    for name, options in {"use": {}, "train": {"grad": True}, "maps": {"record": []}}.items():
        fused.clear()
        asked(model, **options)
        calls[name] = len(fused)
    assert calls == {"use": 2 * stages + blocks, "train": 0, "maps": stages + blocks}


def test_what_depends_on_the_caption_alone_is_computed_once_a_run():
    model, calls = awake(Denoiser, CONFIG, make_generator(0)), []
    of_caption = [module for module in model.modules() if getattr(module, "in_features", 0) == TEXT.width]
    for module in of_caption:
        module.register_forward_hook(lambda *_: calls.append(1))
    with torch.no_grad():
        text = model.encode_text(tokenise(["a red star", "a"], TEXT))
        assert len(calls) == len(of_caption)
        model.predict(X, T, text)
    assert len(calls) == len(of_caption)


def test_without_attention_only_the_pooled_caption_is_heard():
    model = awake(Denoiser, replace(CONFIG, attention_levels=()), make_generator(0))
    one, other = predict(model, X, T, ["a red star"] * 2), predict(model, X, T, ["a blue star"] * 2)
    assert (one - other).abs().max() > 1e-3
