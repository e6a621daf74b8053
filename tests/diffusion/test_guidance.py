"""Guidance: the formula, what the network is asked, and how often."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from app.core.randomness import make_generator
from app.diffusion.guidance import guided, unguided
from app.diffusion.schedule import cosine_schedule
from app.diffusion.targets import to_prediction

SCHEDULE = cosine_schedule(100)


class Words(NamedTuple):
    """A condition as text encoders make it."""

    tokens: Tensor
    mask: Tensor


def words(*values: float) -> Words:
    return Words(
        torch.tensor(values, dtype=torch.float32)[:, None].expand(-1, 3), torch.ones(len(values), 3, dtype=torch.bool)
    )


class Network:
    """Adds the mean of its tokens to x times t, and remembers its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[Tensor, Tensor, Words]] = []

    def __call__(self, x: Tensor, t: Tensor, condition: Words) -> Tensor:
        self.calls.append((x, t, condition))
        return x * t[:, None] + (condition.tokens * condition.mask).mean(1, keepdim=True)


def x_of(rows: int) -> Tensor:
    return torch.randn(rows, 4, generator=make_generator(5))


@pytest.mark.parametrize("weight", [3.0, 0.5, -1.0])
def test_both_halves_run_as_one_batch_and_mix_on_the_raw_output(weight):
    network, x = Network(), x_of(2)
    prediction = guided(network, words(1, 2), words(10, 20), weight, SCHEDULE, "v")(x, 60)
    shift = torch.tensor([[10 + weight * (1 - 10)], [20 + weight * (2 - 20)]])
    expected = to_prediction("v", x * 60 + shift, x, SCHEDULE.alpha_bar[60])
    torch.testing.assert_close(prediction.x0, expected.x0, rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(prediction.eps, expected.eps, rtol=1e-5, atol=1e-4)
    [(asked, t, condition)] = network.calls
    assert torch.equal(asked, torch.cat([x, x]))
    assert t.tolist() == [60] * 4
    assert isinstance(condition, Words)
    assert condition.tokens[:, 0].tolist() == [1, 2, 10, 20]


@pytest.mark.parametrize(("weight", "value"), [(1.0, 4.0), (0.0, -7.0)], ids=["only the caption", "only the empty one"])
def test_weights_one_and_zero_run_half_the_batch(weight, value):
    network, x = Network(), x_of(2)
    prediction = guided(network, words(4, 4), words(-7, -7), weight, SCHEDULE, "eps")(x, 30)
    [(asked, _, condition)] = network.calls
    assert len(asked) == 2
    assert condition.tokens.unique().tolist() == [value]
    torch.testing.assert_close(prediction.eps, x * 30 + value)


def test_weight_near_one_goes_over_into_the_conditional_result():
    x = x_of(2)
    exactly = guided(Network(), words(4, 5), words(0, 0), 1.0, SCHEDULE, "v")(x, 30)
    nearly = guided(Network(), words(4, 5), words(0, 0), 1.0 + 1e-6, SCHEDULE, "v")(x, 30)
    torch.testing.assert_close(nearly.x0, exactly.x0, rtol=1e-4, atol=1e-4)


def test_one_row_of_condition_serves_the_whole_batch():
    network, x = Network(), x_of(3)
    one = guided(network, words(4), words(-1), 2.0, SCHEDULE, "eps")(x, 30)
    many = guided(network, words(4, 4, 4), words(-1, -1, -1), 2.0, SCHEDULE, "eps")(x, 30)
    assert torch.equal(one.eps, many.eps)
    assert len(unguided(network, words(4), SCHEDULE, "eps")(x, 30).x0) == 3


def test_a_negative_caption_pushes_away_from_what_it_names():
    """Replacing the empty caption by a negative one moves the result by (1 - w) (negative - empty)."""
    x, weight = x_of(1), 3.0
    plain = guided(Network(), words(1), words(0), weight, SCHEDULE, "eps")(x, 30)
    pushed = guided(Network(), words(1), words(5), weight, SCHEDULE, "eps")(x, 30)
    torch.testing.assert_close(pushed.eps - plain.eps, torch.full_like(x, (1 - weight) * 5), rtol=0, atol=1e-4)


def test_a_plain_tuple_is_a_condition_too():
    def network(x: Tensor, t: Tensor, condition: tuple[Tensor]) -> Tensor:
        return condition[0].expand_as(x)

    x = x_of(2)
    prediction = guided(network, (torch.ones(2, 1),), (torch.zeros(2, 1),), 4.0, SCHEDULE, "eps")(x, 30)
    assert torch.equal(prediction.eps, torch.full_like(x, 4.0))


def test_a_bfloat16_network_is_mixed_in_float32():
    """1 + 1/128 is the next bfloat16 after 1; a mix in bfloat16 would round w times the difference away."""

    def network(x: Tensor, t: Tensor, condition: tuple[Tensor]) -> Tensor:
        return condition[0].expand_as(x).to(torch.bfloat16)

    x = x_of(1)
    cond, uncond = (torch.full((1, 1), 1 + 1 / 128),), (torch.full((1, 1), 1.0),)
    prediction = guided(network, cond, uncond, 1.3, SCHEDULE, "eps")(x, 30)
    torch.testing.assert_close(prediction.eps, torch.full_like(x, 1 + 1.3 / 128), rtol=0, atol=1e-6)


@pytest.mark.parametrize("target", ["eps", "v"])
def test_a_weight_a_row_gives_each_row_what_it_gets_alone(target):
    """Rows with 0, 1 and in between in one batch; conditions of many rows or of one that serves all."""
    x, weights = x_of(5), [0.0, 1.0, 2.0, 4.0, -0.5]
    cond, uncond = words(1, 2, 3, 4, 5), words(7)
    together = guided(Network(), cond, uncond, torch.tensor(weights), SCHEDULE, target)(x, 60)
    for row, weight in enumerate(weights):
        alone = guided(Network(), words(row + 1), uncond, weight, SCHEDULE, target)(x[row : row + 1], 60)
        torch.testing.assert_close(together.x0[row : row + 1], alone.x0, rtol=1e-5, atol=1e-4)
        torch.testing.assert_close(together.eps[row : row + 1], alone.eps, rtol=1e-5, atol=1e-4)


def test_halves_that_a_row_leaves_out_are_not_run():
    network, x = Network(), x_of(3)
    guided(network, words(1, 2, 3), words(7, 8, 9), torch.tensor([0.0, 1.0, 3.0]), SCHEDULE, "eps")(x, 30)
    [(asked, t, condition)] = network.calls
    assert condition.tokens[:, 0].tolist() == [2, 3, 7, 9]
    assert torch.equal(asked, x[[1, 2, 0, 2]])
    assert t.tolist() == [30] * 4


def test_the_two_conditions_are_laid_side_by_side_once_a_run():
    network, x = Network(), x_of(2)
    denoise = guided(network, words(1), words(7), 3.0, SCHEDULE, "eps")
    for t, rows in ((60, x), (30, x), (30, x[:1])):
        denoise(rows, t)
    (_, _, first), (_, _, second), (_, _, smaller) = network.calls
    assert second is first
    assert smaller.tokens[:, 0].tolist() == [1, 7]
