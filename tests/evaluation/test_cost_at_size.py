"""Costs at any size against counts worked out by hand; a multiply-add is two operations."""

from dataclasses import replace

import pytest
import torch

from app.core.errors import BadRequest
from app.core.randomness import make_generator
from app.core.runtime import Runtime
from app.evaluation.cost_at_size import (
    Size,
    decode_cost,
    denoiser_training_cost,
    encode_cost,
    guided_step_cost,
    network_call_cost,
    vae_training_cost,
)
from app.models import VAE, Denoiser, DenoiserConfig, VAEConfig
from app.models.build import build, count_parameters
from app.models.text import TextConfig
from app.training.config import TrainConfig
from tests.checkpoints import RUNTIME

VAE_CONFIG = VAEConfig(2, 1, widths=(4,), encoder_blocks=0, decoder_blocks=0)
TEXT = TextConfig(("red", "star"), length=6, width=8, layers=0, heads=2)
PLAIN = DenoiserConfig(TEXT, channels=3, side=8, widths=(8,), attention_levels=(), heads=2, condition_width=4)
ATTENDING = replace(PLAIN, attention_levels=(0,))
ADAMW = TrainConfig(steps=10, optimiser="adamw")


def conv3(fewer, more, positions):
    """Multiply-adds of a 3 x 3 convolution, padded."""
    return 9 * fewer * more * positions


def encoder(positions):
    return [conv3(12, 4, positions), *[conv3(4, 4, positions)] * 2, conv3(4, 2, positions)]


def decoder(positions):
    return [conv3(1, 4, positions), conv3(4, 12, positions)]


CAPTION = 8 * 4
"""The caption's part in the condition: computed once a run, and at every step of a training."""


def denoiser(positions, caption=0):
    """Condition (time, mixture), then entry, three blocks with their FiLM, exit."""
    condition = caption + 4 * 4 + 4 * 4
    blocks = 3 * (2 * conv3(8, 8, positions) + 4 * 16)
    return condition + conv3(3, 8, positions) + blocks + conv3(8, 3, positions)


def attention(n, w=8, tokens=6, condition=4):
    """Self-attention over n positions, cross-attention to the tokens, feed-forward, and the emphasis of places.

    The tokens' keys and values are computed once a run.
    """
    own = 4 * n * w * w + 2 * n * n * w
    cross = 2 * n * w * w + 2 * n * tokens * w
    return own + cross + 2 * n * w * 2 * w + condition * w


@pytest.mark.parametrize(("height", "width", "batch"), [(8, 8, 1), (16, 12, 3)])
def test_a_vae_costs_what_its_convolutions_say_at_any_size(height, width, batch):
    size, positions = Size(height, width, batch), batch * height * width // 4
    assert encode_cost(VAE_CONFIG, size, RUNTIME, repeats=1).multiply_adds == sum(encoder(positions))
    assert decode_cost(VAE_CONFIG, size, RUNTIME, repeats=1).multiply_adds == sum(decoder(positions))


def test_a_training_step_costs_three_times_the_network_but_for_the_first_gradient():
    """Backward asks each convolution for the gradients of weights and input; that of the pictures nobody needs."""
    parts = encoder(2 * 16) + decoder(2 * 16)
    cost = vae_training_cost(VAE_CONFIG, Size(8, 8, 2), RUNTIME, train=ADAMW, repeats=1)
    assert cost.multiply_adds == 3 * sum(parts) - parts[0]
    assert vae_training_cost(VAE_CONFIG, Size(8, 8, 2), RUNTIME, repeats=1).operations >= cost.operations


@pytest.mark.parametrize(("height", "width", "batch"), [(8, 8, 1), (6, 10, 2)])
def test_a_network_call_costs_what_its_layers_say_at_any_size(height, width, batch):
    size, n = Size(height, width, batch), height * width
    assert network_call_cost(PLAIN, size, RUNTIME, repeats=1).multiply_adds == batch * denoiser(n)
    expected = batch * (denoiser(n) + 3 * attention(n))
    assert network_call_cost(ATTENDING, size, RUNTIME, repeats=1).multiply_adds == expected
    assert guided_step_cost(ATTENDING, size, RUNTIME, repeats=1).multiply_adds == 2 * expected


def test_a_step_of_a_denoiser_trains_everything():
    """Three times the call, but for the gradients of what has none: the noisy latents and the waves of time."""
    cost = denoiser_training_cost(PLAIN, Size(6, 10, 2), RUNTIME, train=ADAMW, repeats=1)
    no_input_gradient = conv3(3, 8, 2 * 60) + 2 * 4 * 4
    assert cost.multiply_adds == 3 * 2 * denoiser(60, CAPTION) - no_input_gradient


def test_the_memory_of_training_is_average_gradients_and_moments_where_pictures_are_small():
    """AdamW keeps two moments: with the average and the gradient, four times the weights, and little else."""
    config = replace(VAE_CONFIG, widths=(128,), decoder_blocks=2)
    weights = 4 * count_parameters(build(VAE, config, make_generator(0)))
    peak = vae_training_cost(config, Size(4, 4), RUNTIME, reconstruction="mse", train=ADAMW, repeats=1).peak_bytes
    assert 4 * weights < peak < 5.5 * weights


@pytest.mark.parametrize(("measure", "channels"), [(encode_cost, 12 + 4), (decode_cost, 12 + 12)])
def test_the_memory_of_a_picture_is_its_widest_layers_input_and_output(measure, channels):
    """Encoding: the unshuffled picture and the first features. Decoding: the picture before and after its shuffle."""
    four, eight = (measure(VAE_CONFIG, Size(32, 32, batch), RUNTIME, repeats=1).peak_bytes for batch in (4, 8))
    assert eight - four == 4 * channels * 16 * 16 * 4


def test_a_trained_network_is_measured_itself_and_left_as_it_was(monkeypatch):
    network = build(Denoiser, ATTENDING, make_generator(1)).eval().requires_grad_(False)
    vae = build(VAE, VAE_CONFIG, make_generator(1)).eval()
    before, seen = network.state_dict(), []
    monkeypatch.setattr(network, "predict", lambda x, *rest: seen.append(x.shape) or x)
    monkeypatch.setattr(vae, "decode", lambda z: seen.append(z.shape))
    network_call_cost(network, Size(8, 8), RUNTIME, repeats=1)
    decode_cost(vae, Size(8, 8), RUNTIME, repeats=1)
    assert set(seen) == {(1, 3, 8, 8), (1, 1, 4, 4)}
    seen.clear()
    assert network_call_cost(network, Size(12, 8), RUNTIME, repeats=1).operations > 0
    assert seen == []  # its places are those of 8 x 8: another size takes random ones
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_inputs_go_to_the_device(monkeypatch):
    seen = []
    for what in ("encode", "decode"):
        monkeypatch.setattr(VAE, what, lambda network, x: seen.append(x.device.type))
    away = Runtime(torch.device("meta"), torch.float32, torch.channels_last, "a device that any machine has")
    for measure in (encode_cost, decode_cost):
        measure(VAE_CONFIG, Size(8, 8), away, repeats=1)
    assert set(seen) == {"meta"}
    assert network_call_cost(ATTENDING, Size(8, 8), away, repeats=1).multiply_adds == denoiser(64) + 3 * attention(64)


def test_sizes_that_cannot_be_are_refused_with_what_would_do():
    with pytest.raises(BadRequest, match="multiples of 2; these are 9 x 8"):
        decode_cost(VAE_CONFIG, Size(9, 8), RUNTIME)
    with pytest.raises(BadRequest, match="'sharp' needs sides that are multiples of 8"):
        vae_training_cost(VAE_CONFIG, Size(8, 12), RUNTIME)
    with pytest.raises(BadRequest, match="multiples of 2"):
        guided_step_cost(replace(PLAIN, widths=(8, 8)), Size(8, 7), RUNTIME)
    with pytest.raises(BadRequest, match="at least 1"):
        Size(8, 8, 0)
