"""Pictures to tensors and back: every one of the 256 levels survives, and nothing is flipped or swapped."""

import numpy as np
import pytest
import torch
from PIL import Image

from app.core.pictures import from_bytes, to_bytes, to_picture, to_sheet, to_tensor


@pytest.fixture
def marked() -> Image.Image:
    """2 high, 3 wide, black but for one pixel at row 0, column 2: red 255, green 51, blue 0."""
    pixels = np.zeros((2, 3, 3), np.uint8)
    pixels[0, 2] = (255, 51, 0)
    return Image.fromarray(pixels)


def test_every_level_survives_the_round_trip() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(1, 1, 256).repeat(3, axis=0)
    np.testing.assert_array_equal(to_bytes(from_bytes(levels)), levels)


def test_the_ends_of_the_range_are_black_and_white() -> None:
    ends = from_bytes(np.array([0, 255], np.uint8).reshape(1, 1, 2).repeat(3, axis=0))
    assert ends[0, 0].tolist() == [-1.0, 1.0]
    assert ends.dtype == torch.float32


def test_bytes_may_come_as_a_tensor_too() -> None:
    levels = torch.tensor([0, 128, 255], dtype=torch.uint8).view(1, 1, 3).expand(3, 1, 3)
    assert torch.equal(from_bytes(levels), from_bytes(levels.numpy()))


def test_values_outside_the_range_are_clipped_and_never_wrap_round() -> None:
    wild = torch.tensor([-1e9, -1.01, 1.01, 3.0, 1e9]).view(1, 1, 5).expand(3, 1, 5)
    assert to_bytes(wild)[0, 0].tolist() == [0, 0, 255, 255, 255]


def test_values_are_rounded_to_the_nearest_level() -> None:
    between = (torch.tensor([10.4, 10.6]) / 127.5 - 1).view(1, 1, 2).expand(3, 1, 2)
    assert to_bytes(between)[0, 0].tolist() == [10, 11]


def test_rows_columns_and_colours_keep_their_places(marked: Image.Image) -> None:
    tensor = to_tensor(marked)
    assert tensor.shape == (3, 2, 3)
    assert tensor[:, 0, 2].tolist() == pytest.approx([1.0, 51 / 127.5 - 1, -1.0])
    assert (tensor == -1).sum() == 3 * 2 * 3 - 2
    assert to_picture(tensor).tobytes() == marked.tobytes()


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "RGBA"])
def test_every_kind_of_picture_becomes_rgb(marked: Image.Image, mode: str) -> None:
    tensor = to_tensor(marked.convert(mode))
    assert tensor.shape == (3, 2, 3)
    assert tensor[:, 1, 0].tolist() == [-1, -1, -1]


def test_a_gradient_may_hang_on_a_picture_that_is_shown() -> None:
    assert to_bytes(torch.zeros(3, 1, 1, requires_grad=True)).item(0) == 128


def test_a_sheet_is_filled_row_by_row_with_white_between() -> None:
    tiles = torch.stack([torch.full((3, 2, 2), level / 127.5 - 1) for level in (10, 20, 30)])
    sheet = np.asarray(to_sheet(tiles, columns=2, gap=1))
    assert sheet.shape == (5, 5, 3)
    assert [sheet[0, 0, 0], sheet[0, 3, 0], sheet[3, 0, 0]] == [10, 20, 30]
    assert (sheet[2] == 255).all()
    assert (sheet[:, 2] == 255).all()
    assert (sheet[3:, 3:] == 255).all()
