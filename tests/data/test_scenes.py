"""The scenes as a data set: item i is a function of (seed, i), splits differ, held-out pairs stay out."""

from types import SimpleNamespace

import numpy as np
import pytest

from app.core.errors import BadRequest, UnknownName
from app.data.scenes import HELD_OUT, LABEL_COLUMNS, LABEL_SIZES, Scene, Scenes, Thing, scene_to_labels
from app.data.scenes.attributes import BACKGROUNDS, COLOURS, KINDS

COLUMN = {name: position for position, name in enumerate(LABEL_COLUMNS)}
MANY = range(200_000)


def kinds_and_colours(labels):
    """Return (kind, colour) of every thing in a batch of labels, absent things left out."""
    pairs = [labels[:, [COLUMN[f"kind_{slot}"], COLUMN[f"colour_{slot}"]]] for slot in "ab"]
    things = np.concatenate(pairs)
    return things[things[:, 0] >= 0]


def held_out(things):
    """Say of every (kind, colour) whether it is in the table."""
    table = np.zeros((len(KINDS), len(COLOURS)), bool)
    for kind, colour in HELD_OUT.items():
        table[KINDS.index(kind), COLOURS.index(colour)] = True
    return table[things[:, 0], things[:, 1]]


def test_an_item_is_the_same_in_any_batch_and_order():
    scenes = Scenes(seed=3)
    batch = [999_999, 0, 17, 4, 17, 250]
    together = scenes.pictures(batch)
    alone = np.concatenate([scenes.pictures([index]) for index in batch])
    assert (together == alone).all()
    assert scenes.captions(batch) == [scenes.captions([index])[0] for index in batch]
    assert (scenes.labels(batch) == np.concatenate([scenes.labels([index]) for index in batch])).all()


def test_a_chunk_boundary_changes_nothing():
    scenes = Scenes()
    assert (scenes.pictures(range(130))[60:70] == scenes.pictures(range(60, 70))).all()


def test_seeds_splits_and_combinations_are_different_streams():
    streams = [Scenes(), Scenes(seed=1), Scenes("test"), Scenes(combinations="unseen")]
    drawn = {picture.tobytes() for scenes in streams for picture in scenes.pictures(range(500))}
    assert len(drawn) == 500 * len(streams)


def test_these_captions_never_change():
    """A different caption here means that every cached latent and every card's data is stale: say so in the log."""
    assert Scenes().captions(range(4)) == [
        "a checkered yellow anchor at the top left on a green background",
        "a little dotted purple ring at the bottom right",
        "a big striped pink airplane to the right of a big striped orange heart on a blue background",
        "there is a small striped red umbrella at the top on pink",
    ]


@pytest.mark.parametrize("split", ["train", "test"])
def test_no_held_out_pair_is_ever_seen(split):
    things = kinds_and_colours(Scenes(split).labels(MANY))
    assert not held_out(things).any()
    assert len(np.unique(things @ [8, 1])) == len(KINDS) * (len(COLOURS) - 1)  # and every other pair is


def test_unseen_scenes_hold_nothing_but_held_out_pairs():
    labels = Scenes("test", combinations="unseen").labels(MANY[:50_000])
    things = kinds_and_colours(labels)
    assert held_out(things).all()
    assert set(np.unique(things[:, 0])) == set(range(len(KINDS)))


def test_the_table_holds_out_every_kind_once_and_every_colour_at_most_thrice():
    assert tuple(HELD_OUT) == KINDS
    counts = [list(HELD_OUT.values()).count(colour) for colour in COLOURS]
    assert min(counts) >= 2
    assert max(counts) <= 3


@pytest.mark.parametrize("combinations", ["seen", "unseen"])
def test_no_thing_hides_and_two_things_differ(combinations):
    labels = Scenes(combinations=combinations).labels(MANY[:50_000])
    names = np.array([COLOURS.index(name) if name in COLOURS else -2 for name in BACKGROUNDS])
    background = names[labels[:, COLUMN["background"]]]
    for slot in "ab":
        assert (labels[:, COLUMN[f"colour_{slot}"]] != background).all()
    two = labels[labels[:, COLUMN["layout"]] > 0]
    assert (two[:, COLUMN["kind_a"]] != two[:, COLUMN["kind_b"]]).all()
    assert (two[:, COLUMN["colour_a"]] != two[:, COLUMN["colour_b"]]).all()


def test_columns_apply_exactly_where_they_should():
    labels = Scenes().labels(MANY[:20_000])
    one = labels[:, COLUMN["layout"]] == 0
    second = [COLUMN[f"{name}_b"] for name in ("kind", "colour", "size", "texture")]
    assert (labels[one][:, second] == -1).all()
    assert (labels[~one][:, COLUMN["place"]] == -1).all()
    rest = np.where(
        one[:, None], np.delete(labels, second, axis=1)[:, :7], np.delete(labels, COLUMN["place"], 1)[:, :7]
    )
    assert (rest >= 0).all()
    assert (labels < np.array(LABEL_SIZES)).all()


def test_attributes_are_about_equally_frequent():
    labels = Scenes().labels(MANY)
    shares = np.bincount(labels[:, 0]) / len(labels)
    assert np.abs(shares - [0.65, 0.175, 0.175]).max() < 0.005
    for column, tolerance in {"place": 0.03, "kind_a": 0.06, "size_a": 0.01, "texture_a": 0.02, "kind_b": 0.08}.items():
        values = labels[:, COLUMN[column]]
        counts = np.bincount(values[values >= 0])
        assert np.abs(counts / counts.mean() - 1).max() < tolerance, column
    colours = np.bincount(labels[:, COLUMN["colour_a"]]) / len(labels)
    assert colours.min() > 0.10  # green, blue, pink and white step aside for their backgrounds
    assert colours.max() < 0.15


def test_scenes_and_labels_are_two_writings_of_the_same():
    scenes = Scenes(seed=5)
    assert (
        np.array([scene_to_labels(scene) for scene in scenes.scenes(range(1500))]) == scenes.labels(range(1500))
    ).all()


def test_labels_are_in_picture_order_whatever_is_said_first():
    star, cup = Thing("star", "red", "small", None), Thing("cup", "blue", "large", "dotted")
    above, below = Scene((star, cup), "white", relation="above"), Scene((cup, star), "white", relation="below")
    assert (scene_to_labels(above) == scene_to_labels(below)).all()
    left, right = Scene((star, cup), relation="to the left of"), Scene((cup, star), relation="to the right of")
    assert (scene_to_labels(left) == scene_to_labels(right)).all()
    assert scene_to_labels(above)[[0, COLUMN["kind_a"], COLUMN["texture_a"]]].tolist() == [2, KINDS.index("star"), -1]
    assert scene_to_labels(right)[0] == 1


def test_mistakes_are_named():
    with pytest.raises(BadRequest, match="48"):
        Scenes(side=48)
    with pytest.raises(BadRequest, match="train or test"):
        Scenes.__post_init__(SimpleNamespace(side=64, split="validation", combinations="seen"))  # past the type check
    with pytest.raises(IndexError, match="item 10 of a data set of 10"):
        Scenes(length=10).pictures([3, 10])
    with pytest.raises(UnknownName, match="Did you mean 'umbrella'"):
        scene_to_labels(Scene((Thing("umbrela"),)))
