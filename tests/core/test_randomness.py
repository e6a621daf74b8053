"""Equal keys, equal streams; anything else, independent streams; nothing global is touched."""

import math

import numpy as np
import pytest
import torch

from app.core.randomness import make_generator, make_numpy_generator, normal, normal_like, picture_noise, seed_of


def test_seeds_are_the_same_on_every_machine_and_in_every_release() -> None:
    """A changed seed changes every picture: frozen values, blake2b of the typed parts, top bit dropped."""
    assert seed_of(7) == 3_565_994_170_645_413_931
    assert seed_of(7, "noise", 3) == 4_550_445_175_704_740_236


def test_a_seed_fits_in_63_bits() -> None:
    assert all(0 <= seed_of(key) < 2**63 for key in range(1000))


@pytest.mark.parametrize("other", [("a", 2), (1, "a"), ("a", "1"), ("a1",), ("a",), ("a", 1, 0)])
def test_every_part_of_a_key_counts_its_type_and_its_place_too(other: tuple[int | str, ...]) -> None:
    assert seed_of("a", 1) != seed_of(*other)


def test_equal_keys_give_equal_streams() -> None:
    assert torch.equal(normal((5,), make_generator(3, "x")), normal((5,), make_generator(3, "x")))
    assert not torch.equal(normal((5,), make_generator(3, "x")), normal((5,), make_generator(3, "y")))
    first, second = make_numpy_generator(3, "x"), make_numpy_generator(3, "x")
    np.testing.assert_array_equal(first.normal(size=5), second.normal(size=5))


def test_neighbouring_seeds_are_uncorrelated() -> None:
    noise = torch.stack([normal((10_000,), make_generator(seed)) for seed in range(4)])
    between = torch.corrcoef(noise) - torch.eye(4)
    assert between.abs().max() < 5 / math.sqrt(10_000)


def test_noise_is_standard_normal() -> None:
    noise = normal((200_000,), make_generator(0))
    assert abs(noise.mean()) < 5 / math.sqrt(200_000)
    assert abs(noise.var() - 1) < 5 * math.sqrt(2 / 200_000)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_noise_like_a_tensor_has_its_format_and_is_drawn_at_no_less_than_float32(dtype: torch.dtype) -> None:
    noise = normal_like(torch.zeros(4, 3, dtype=dtype), make_generator(1))
    drawn = torch.float64 if dtype == torch.float64 else torch.float32
    expected = torch.randn(4, 3, generator=make_generator(1), dtype=drawn).to(dtype)
    assert noise.dtype == dtype
    assert torch.equal(noise, expected)


def test_a_picture_is_the_same_in_any_batch() -> None:
    together, alone = picture_noise((4, 2, 2), [5, 17, 5]), picture_noise((4, 2, 2), [17])
    assert torch.equal(together[1], alone[0])
    assert torch.equal(together[0], together[2])
    assert not torch.equal(together[0], together[1])


def test_the_global_generators_are_left_alone() -> None:
    before_torch, before_numpy = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    picture_noise((4, 2, 2), [1, 2])
    make_numpy_generator(1).normal(size=9)
    assert torch.equal(torch.get_rng_state(), before_torch)
    np.testing.assert_array_equal(np.random.get_state()[1], before_numpy)  # noqa: NPY002
