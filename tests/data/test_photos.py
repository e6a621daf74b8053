import time

import numpy as np
import pytest
from PIL import Image

from app.core.errors import UnknownName
from app.data import photos
from app.data.photos import Photos, build_pyramid, held_out_views, load_photo, part_of, photo_names

MARKER = (255, 0, 255)


def marked(width: int, height: int) -> Image.Image:
    """A green photograph whose held-out third is magenta: any mixture of the two shows in red or in green."""
    picture = Image.new("RGB", (width, height), (0, 255, 0))
    edge = round(width * 2 / 3)
    picture.paste(MARKER, (edge, 0, width, height))
    return picture


def open_marked(split, side: int) -> Photos:
    sizes = ((300, 200), (91, 333), (640, 427), (40, 30), (192, 64), (301, 64))
    pyramids = [build_pyramid(part_of(marked(*size), split), side) for size in sizes]
    return Photos(split, seed=3, side=side, source=(pyramids, [1] * len(sizes)))


@pytest.mark.parametrize("side", [16, 64])
def test_no_training_crop_touches_the_held_out_band(side):
    """Not one value of red, at any scale: neither by position nor through the resize filter."""
    crops = open_marked("train", side).pictures(range(600))
    assert crops[:, 0].max() == 0
    assert crops[:, 1].min() == 255


@pytest.mark.parametrize("side", [16, 64])
def test_test_crops_come_from_the_held_out_band_alone(side):
    crops = open_marked("test", side).pictures(range(600))
    assert crops[:, 1].max() == 0
    assert crops[:, 0].min() == 255


def test_the_real_photographs_are_cut_by_the_same_rule(monkeypatch):
    """Every built-in photograph painted like the fake ones: the opened sets and the views keep to their sides."""
    monkeypatch.setattr(photos, "load_photo", lambda name: marked(*load_photo(name).size))
    photos._pyramids.cache_clear()
    try:
        assert Photos("train", side=48).pictures(range(300))[:, 0].max() == 0
        assert Photos("test", side=48).pictures(range(300))[:, 1].max() == 0
        assert held_out_views(48, 40)[:, 1].max() == 0
    finally:
        photos._pyramids.cache_clear()


def test_a_pyramid_halves_the_pixels_at_each_level_and_keeps_the_colours():
    part = Image.new("RGB", (400, 300), (10, 120, 200))
    levels = build_pyramid(part, 64)
    assert [level.shape[1:] for level in levels] == [(300, 400), (212, 283), (150, 200), (106, 141), (75, 100)]
    assert all(np.array_equal(np.unique(level[2]), [200]) for level in levels)


def test_crops_reach_every_edge_of_their_part():
    """A 66 x 65 part has 3 x 2 places for a 64-pixel crop; all of them come up, with and without a flip."""
    ramp = np.zeros((65, 66, 3), np.uint8)
    ramp[..., 0], ramp[..., 1] = np.arange(66), np.arange(65)[:, None]
    crops = Photos("train", source=([build_pyramid(Image.fromarray(ramp), 64)], [1])).pictures(range(300))
    lefts, tops = crops[:, 0, 0].min(axis=-1), crops[:, 1, 0, 0]
    flipped = crops[:, 0, 0, 0] > crops[:, 0, 0, 1]
    found = set(zip(lefts.tolist(), tops.tolist(), flipped.tolist(), strict=True))
    assert found == {(x, y, f) for x in range(3) for y in range(2) for f in (False, True)}


def test_photographs_are_chosen_in_proportion_to_their_weights():
    grey = [[np.full((3, 64, 64), value, np.uint8)] for value in (0, 1, 2)]
    crops = Photos("train", source=(grey, [1, 2, 5])).pictures(range(8000))
    counts = np.bincount(crops[:, 0, 0, 0], minlength=3)
    assert np.abs(counts - [1000, 2000, 5000]).max() < 5 * np.sqrt(2000)


def test_item_depends_on_seed_split_and_index_but_not_on_the_batch():
    train = Photos("train", seed=1)
    batch = train.pictures([4, 999_999, 4])
    assert np.array_equal(batch[0], batch[2])
    assert np.array_equal(batch[1:2], Photos("train", seed=1).pictures([999_999]))
    assert not np.array_equal(batch[:1], Photos("train", seed=2).pictures([4]))
    assert train.captions([1, 2]) == ["", ""]
    with pytest.raises(IndexError, match="1000000"):
        train.pictures([1_000_000])


def test_crops_are_made_fast_enough_to_feed_training():
    """4,000 a second on one core is the need; 50,000 were measured, so only a real mistake fails here."""
    train = Photos("train")
    best = min(_seconds(lambda: train.pictures(range(512))) for _ in range(3))
    assert 512 / best > 4000


def _seconds(work) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def test_every_named_photograph_is_there_whole_and_in_colour_mode():
    names = photo_names()
    assert {"china", "astronaut", "retina", "gravel"} <= set(names)
    assert "motorcycle_right" not in names  # it shows the held-out band of motorcycle_left
    assert all(load_photo(name).mode == "RGB" and min(load_photo(name).size) >= 300 for name in names)
    with pytest.raises(UnknownName, match="Did you mean 'chelsea'"):
        load_photo("chelsee")


def test_views_for_evaluation_are_distinct_and_mostly_not_enlarged_much():
    views = held_out_views(256, 40)
    assert views.shape == (40, 3, 256, 256)
    assert len({view.tobytes() for view in views}) == 40
    widths = sorted((part_of(load_photo(name), "test").width for name in photo_names()), reverse=True)
    assert 512 / widths[2] < 2.1  # the three biggest photographs at side 512
