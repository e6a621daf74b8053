"""The gallery holds what it says, at the side that the models know."""

import numpy as np
import pytest

from app.core.errors import BadRequest
from app.data.photos import load_photo, part_of
from app.data.scenes import parse_caption
from app.labs.gallery import NAMES, PHOTOS, SCENES, SIDE, gallery_picture


def test_every_picture_is_there_and_none_is_shown_twice() -> None:
    seen = {gallery_picture(name).tobytes() for name in NAMES}
    assert len(seen) == len(NAMES) == len(SCENES) + len(PHOTOS)
    assert {gallery_picture(name).size for name in NAMES} == {(SIDE, SIDE)}


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_drawn_from_a_caption_that_means_something(name: str) -> None:
    assert parse_caption(name) is not None


def test_photographs_come_from_the_held_out_band_alone() -> None:
    """The band is the right third: its colours, not those of the whole, are what the gallery shows."""
    for name, photograph in PHOTOS.items():
        shown = np.asarray(gallery_picture(name)).mean()
        band = part_of(load_photo(photograph), "test")
        edge = min(band.size)
        left, top = (band.width - edge) / 2, (band.height - edge) / 2
        square = np.asarray(band.crop((round(left), round(top), round(left) + edge, round(top) + edge)))
        assert abs(shown - square.mean()) < 3


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadRequest, match="no picture 'cat'"):
        gallery_picture("cat")
