from collections import Counter

import numpy as np
import pytest

from app.core.errors import BadData, BadRequest, UnknownName
from app.data import _parse, _split_sum, open_dataset
from app.data.base import check_indices
from app.data.mixture import Mixture


class Numbered:
    """Item i is a picture filled with `base + i`, captioned with its name and number."""

    def __init__(self, name: str, base: int, length: int, side: int = 4) -> None:
        self.name, self.base, self.length, self.side = name, base, length, side
        self.calls = 0

    def __len__(self) -> int:
        return self.length

    def pictures(self, indices):
        self.calls += 1
        values = (check_indices(indices, self.length) + self.base).astype(np.uint8)
        return np.broadcast_to(values[:, None, None, None], (len(values), 3, self.side, self.side)).copy()

    def captions(self, indices):
        return [f"{self.name}{index}" for index in check_indices(indices, self.length)]


def test_items_take_turns_by_weight_and_none_is_lost_or_repeated():
    mixture = Mixture((Numbered("a", 0, 20), Numbered("b", 100, 10)), (2, 1))
    assert len(mixture) == 30
    assert mixture.captions(range(7)) == ["a0", "a1", "b0", "a2", "a3", "b1", "a4"]
    assert set(Counter(mixture.captions(range(30))).values()) == {1}
    assert mixture.name == "a*2+b*1"


def test_pictures_follow_the_order_asked_for_and_each_part_is_asked_once():
    parts = (Numbered("a", 0, 20), Numbered("b", 100, 10))
    pictures = Mixture(parts, (2, 1)).pictures([29, 0, 2, 1])
    assert pictures[:, 0, 0, 0].tolist() == [109, 0, 100, 1]
    assert [part.calls for part in parts] == [1, 1]


def test_a_short_part_starts_again_while_the_long_one_lasts():
    mixture = Mixture((Numbered("a", 0, 100), Numbered("b", 100, 3)), (1, 1))
    assert len(mixture) == 200
    assert mixture.captions([1, 3, 5, 7, 198]) == ["b0", "b1", "b2", "b0", "a99"]


def test_impossible_mixtures_are_refused():
    with pytest.raises(BadRequest, match="one weight"):
        Mixture((Numbered("a", 0, 5),), (1, 1))
    with pytest.raises(BadRequest, match="different sides"):
        Mixture((Numbered("a", 0, 5), Numbered("b", 0, 5, side=8)), (1, 1))
    with pytest.raises(IndexError, match="item 10"):
        Mixture((Numbered("a", 0, 5), Numbered("b", 0, 5)), (1, 1)).pictures([10])


@pytest.mark.parametrize(
    ("spec", "terms"),
    [
        ("photos", [("photos", "", 1)]),
        ("scenes+photos", [("scenes", "", 2), ("photos", "", 1)]),
        ("scenes:unseen*3 + openml:mnist*2", [("scenes", "unseen", 3), ("openml", "mnist", 2)]),
        ("folder:C:/a+b*2", [("folder", "C:/a+b*2", 1)]),
        ("scenes*4+folder:x/folder:y", [("scenes", "", 4), ("folder", "x/folder:y", 1)]),
    ],
)
def test_how_a_name_is_read(spec, terms):
    assert [_parse(term) for term in _split_sum(spec)] == terms


def test_open_by_name():
    both = open_dataset("digits*3+photos*1", split="test", side=16)
    assert both.captions(range(4))[3] == ""
    assert both.pictures(range(4)).shape == (4, 3, 16, 16)
    alone = open_dataset("photos", split="test", side=16, seed=5)
    assert not np.array_equal(alone.pictures([0]), open_dataset("photos", split="test", side=16).pictures([0]))


def test_scenes_lead_two_to_one_and_keep_their_captions():
    mixed = open_dataset("scenes+photos", split="train", seed=1)
    scenes, photos = (open_dataset(name, split="train", seed=1) for name in ("scenes", "photos"))
    assert np.array_equal(mixed.pictures([3, 4, 5]), np.concatenate([scenes.pictures([2, 3]), photos.pictures([1])]))
    assert mixed.captions([3, 4, 5]) == [*scenes.captions([2, 3]), ""]
    unseen = open_dataset("scenes:unseen", split="test").captions(range(20))
    assert unseen != open_dataset("scenes", split="test").captions(range(20))


@pytest.mark.parametrize(
    ("spec", "error", "words"),
    [
        ("photoz", UnknownName, "Did you mean 'photos'"),
        ("", UnknownName, "Known: scenes, photos"),
        ("scenes:unsen", UnknownName, "Did you mean 'unseen'"),
        ("photos:3", BadRequest, "takes no ':3'"),
        ("scenes*0+photos", BadRequest, "is no weight"),
        ("scenes*x", BadRequest, "is no weight"),
        ("folder:/nowhere/at/all", BadData, "There is no folder"),
        ("folder:", BadData, "There is no folder ''"),
    ],
)
def test_a_wrong_name_gets_a_sentence(spec, error, words):
    with pytest.raises(error, match=words):
        open_dataset(spec, split="train")
