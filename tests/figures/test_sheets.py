"""Sprites lie where the page's script looks for them."""

import numpy as np
import pytest
from PIL import Image

from app.figures.maps import channel_mosaic, enlarge
from app.figures.sheets import sprite_sheet
from tests.figures.pipelines import a_run


def flat(grey: int, side: int = 8) -> Image.Image:
    return Image.new("RGB", (side, side), (grey, grey, grey))


def test_tile_i_is_in_row_i_div_columns() -> None:
    sprites = sprite_sheet([flat(10 * i) for i in range(7)], columns=3)
    sheet = np.asarray(sprites.sheet)
    assert (sprites.columns, sprites.tile) == (3, 8)
    for i in range(7):
        top, left = i // 3 * 8, i % 3 * 8
        assert (sheet[top : top + 8, left : left + 8] == 10 * i).all()


def test_tiles_of_different_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="must all be 8 x 8"):
        sprite_sheet([flat(1), flat(2, side=9)], columns=2)


def test_a_mosaic_holds_every_value_of_every_channel_once() -> None:
    sample = a_run(c=4, side=5).generated.start[0]
    mosaic = np.asarray(channel_mosaic(sample, limit=3.0)).astype(int)
    assert mosaic.shape == (10, 10, 3)
    for channel in range(4):
        part = mosaic[channel // 2 * 5 :, channel % 2 * 5 :][:5, :5]
        warm = part[..., 0] > part[..., 2]
        values = sample[channel].numpy()
        assert (warm == (values > 0))[abs(values) > 0.1].all()


def test_enlarging_makes_every_pixel_a_square_and_nothing_else() -> None:
    small = Image.fromarray(np.arange(18, dtype=np.uint8).reshape(2, 3, 3))
    large = np.asarray(enlarge(small, 10))
    assert large.shape == (8, 12, 3)
    np.testing.assert_array_equal(large[::4, ::4], np.asarray(small))
    np.testing.assert_array_equal(large, np.repeat(np.repeat(np.asarray(small), 4, axis=0), 4, axis=1))
