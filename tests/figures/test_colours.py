"""Colours: readable, told apart by everybody, and equal steps of a value look equal. Oracle: scikit-image's CIELAB."""

from itertools import combinations

import numpy as np
import pytest
from skimage.color import rgb2lab

from app.figures.colour_maps import amount_path, colour_amounts, colour_signed, oklab_to_srgb, signed_path
from app.figures.palette import KINDS, PAGE

# Full deficiency in linear RGB (Machado, Oliveira & Fernandes 2009, severity 1.0).
ROWS = {
    "none": (1, 0, 0, 0, 1, 0, 0, 0, 1),
    "protan": (0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998),
    "deutan": (0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881),
    "tritan": (1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039),
}
DEFICIENCIES = {eye: np.reshape(rows, (3, 3)) for eye, rows in ROWS.items()}


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    """WCAG 2.2's contrast ratio."""
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (first, second))
    return (high + 0.05) / (low + 0.05)


def seen(colour: str, matrix: np.ndarray) -> np.ndarray:
    """A colour in CIELAB as an eye with a deficiency sees it."""
    value = np.clip(matrix @ linear(colour), 0, 1)
    srgb = np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)
    return rgb2lab(srgb[None, None])[0, 0]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_read_as_text(kind: str) -> None:
    assert contrast(KINDS[kind].light, PAGE.light) >= 4.5
    assert contrast(KINDS[kind].dark, PAGE.dark) >= 4.5


@pytest.mark.parametrize("eye", DEFICIENCIES)
@pytest.mark.parametrize("page", [0, 1])
def test_any_two_kinds_can_be_told_apart(eye: str, page: int) -> None:
    for first, second in combinations(KINDS, 2):
        apart = seen(KINDS[first][page], DEFICIENCIES[eye]) - seen(KINDS[second][page], DEFICIENCIES[eye])
        assert np.linalg.norm(apart) > 10, (first, second)


def test_oklab_agrees_with_published_pairs() -> None:
    """White, black and the primaries, from the reference implementation's forward transform."""
    lab = np.array([[1.0, 0, 0], [0, 0, 0], [0.62796, 0.22486, 0.12585], [0.86644, -0.23389, 0.17950]])
    expected = np.array([[1, 1, 1], [0, 0, 0], [1, 0, 0], [0, 1, 0]])
    np.testing.assert_allclose(oklab_to_srgb(lab), expected, atol=2e-3)


@pytest.mark.parametrize("path", [amount_path(), signed_path()], ids=["amount", "signed"])
def test_maps_stay_inside_what_a_screen_can_show(path: np.ndarray) -> None:
    shown = oklab_to_srgb(path)
    assert shown.min() >= 0
    assert shown.max() <= 1


@pytest.mark.parametrize("path", [amount_path(), signed_path()], ids=["amount", "signed"])
def test_equal_steps_look_equal(path: np.ndarray) -> None:
    steps = np.linalg.norm(np.diff(rgb2lab(oklab_to_srgb(path)[None])[0], axis=0), axis=1)
    assert steps.max() < 2 * steps.min()


def test_amounts_get_lighter_all_the_way() -> None:
    assert (np.diff(rgb2lab(oklab_to_srgb(amount_path())[None])[0, :, 0]) > 0).all()


def test_zero_is_neutral_and_signs_are_equally_strong() -> None:
    lab = rgb2lab(colour_signed(np.array([-2.0, -1.0, 0.0, 1.0, 2.0]), limit=2.0)[None])[0]
    assert np.linalg.norm(lab[2, 1:]) < 2
    assert lab[2, 0] > 95
    assert abs(lab[0, 0] - lab[4, 0]) < 5
    assert lab[0, 2] < -20 < 20 < lab[4, 2]  # blue below zero, orange above


def test_values_outside_the_range_get_the_colour_of_the_end() -> None:
    ends = colour_amounts(np.array([-5.0, 0.0, 1.0, 9.0]), 0.0, 1.0)
    assert (ends[0] == ends[1]).all()
    assert (ends[2] == ends[3]).all()
    assert (ends[1] != ends[2]).any()


def test_a_constant_map_is_no_division_by_zero() -> None:
    assert len(np.unique(colour_amounts(np.full((2, 2), 0.3), 0.3, 0.3).reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(colour_signed(np.zeros((2, 2)), 0.0).reshape(-1, 3), axis=0)) == 1
