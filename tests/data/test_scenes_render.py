"""What is on the pictures, read from the pixels: place, size, order, colour, texture, and the areas of the shapes."""

import numpy as np
import pytest

from app.data.scenes import LABEL_COLUMNS, Scene, Scenes, Thing
from app.data.scenes.attributes import BACKGROUND_RGB, COLOUR_RGB, EXTENTS, KINDS, PLACE_CENTRES, PLACES, SHAPES, SIZES
from app.data.scenes.draws import Draws
from app.data.scenes.render import SHADE, _centres, _layers, _variants
from app.data.scenes.sampling import sample_labels
from app.data.scenes.sprites import SPRITE_SIDE, sprites

COLUMN = {name: position for position, name in enumerate(LABEL_COLUMNS)}


def where(picture, colour):
    """Return the (x, y) of the pixels that have nearly this colour's RGB, shape (n, 2)."""
    distance = np.abs(picture.astype(int) - np.array(COLOUR_RGB[colour])[:, None, None]).max(axis=0)
    return np.argwhere(distance < 25)[:, ::-1]


def plain_scenes(count, things):
    """Return (scene, picture) of plain items with so many things."""
    scenes = Scenes(seed=21)
    items = [
        (index, scene)
        for index, scene in enumerate(scenes.scenes(range(count)))
        if len(scene.things) == things and all(thing.texture == "plain" for thing in scene.things)
    ]
    return [(scene, picture) for (_, scene), picture in zip(items, scenes.pictures([i for i, _ in items]), strict=True)]


def all_sprites() -> np.ndarray:
    """Return the sprites of every kind: kinds, sizes, extents, textures, layers, height, width."""
    return np.stack([sprites(kind, 64) for kind in range(len(KINDS))])


def test_relation_words_say_what_the_pixels_show():
    checked = set()
    for scene, picture in plain_scenes(3000, things=2):
        first, second = (where(picture, thing.colour).mean(axis=0) for thing in scene.things)
        right, down = second - first
        ahead = {"to the left of": right, "to the right of": -right, "above": down, "below": -down}[scene.relation]
        assert ahead > 16, scene
        checked.add(scene.relation)
    assert len(checked) == 4


def test_slot_a_is_the_left_or_upper_thing():
    scenes = Scenes(seed=22)
    labels, names = scenes.labels(range(3000)), list(COLOUR_RGB)
    plain = (labels[:, [COLUMN["texture_a"], COLUMN["texture_b"]]] == 0).all(axis=1)
    chosen = np.flatnonzero(plain)
    for label, picture in zip(labels[chosen], scenes.pictures(chosen.tolist()), strict=True):
        a, b = (where(picture, names[label[COLUMN[f"colour_{slot}"]]]).mean(axis=0) for slot in "ab")
        assert (b - a)[label[0] - 1] > 16
    assert len(chosen) > 30


def test_one_thing_stands_at_its_place_in_its_size():
    for scene, picture in plain_scenes(1500, things=1):
        pixels = where(picture, scene.things[0].colour)
        low, high = pixels.min(axis=0), pixels.max(axis=0) + 1
        assert np.abs((low + high) / 2 - PLACE_CENTRES[scene.place]).max() <= 4, scene
        extents = EXTENTS[scene.things[0].size]
        if scene.things[0].kind in SHAPES:  # an icon's thin tips are paler than its colour
            assert extents[0] - 4.5 <= (high - low).max() <= extents[-1] + 1, scene


def test_nothing_overlaps_and_nothing_is_cut_off():
    draws = Draws(5, range(2000))
    labels, variants = sample_labels(draws), _variants(draws)
    corners = _centres(labels, variants, draws) - SPRITE_SIDE // 2
    layers = _layers(labels, variants, corners, 64).reshape(-1, 8, 64, 64)
    coverage = layers[:, 2:].reshape(-1, 2, 3, 64, 64).sum(axis=2)
    assert (coverage[:, 0] * coverage[:, 1]).max() == 0
    assert np.abs(layers[:, 0] + coverage.sum(axis=1) - 1).max() < 1e-6
    whole = all_sprites().sum(axis=(-1, -2, -3))
    for slot, name in enumerate("ab"):
        kind, size, texture = (labels[:, COLUMN[f"{what}_{name}"]] for what in ("kind", "size", "texture"))
        expected = np.where(kind >= 0, whole[kind, size, variants[:, slot], texture], 0)
        assert coverage[:, slot].sum(axis=(1, 2)) == pytest.approx(expected, rel=1e-5)


def test_the_largest_two_things_do_not_touch():
    square, circle = Thing("square", "red", "large", "plain"), Thing("circle", "green", "large", "plain")
    for seed in range(30):
        picture = Scenes().render_scene(Scene((square, circle), "black", relation="to the left of"), seed)
        left, right = where(picture, "red"), where(picture, "green")
        assert left[:, 0].max() + 1 <= right[:, 0].min()
        assert min(left.min(), right.min()) >= 0
        assert left[:, 0].max() - left[:, 0].min() >= EXTENTS["large"][0] - 2
        assert right[:, 0].max() - right[:, 0].min() >= EXTENTS["large"][0] - 3


def test_backgrounds_have_their_colour_and_stay_in_range():
    scenes = Scenes(seed=8)
    labels, pictures = scenes.labels(range(600)), scenes.pictures(range(600))
    free = np.median(pictures.reshape(600, 3, -1), axis=2)
    alone = labels[:, 0] == 0
    names = list(BACKGROUND_RGB.values())
    for rgb, label in zip(free[alone], labels[alone], strict=True):
        base = np.array(names[label[COLUMN["background"]]])
        assert np.abs(rgb - base).max() <= 255 * SHADE * 1.3
    assert max(map(max, names)) * (1 + 2 * SHADE) + 0.5 < 256


@pytest.mark.parametrize("size", SIZES)
def test_shapes_have_their_textbook_areas(size):
    """Area over the square of the extent (the longer side of the bounding box)."""
    tenth = np.pi / 5
    star = 10 * 0.5 * 0.46 * np.sin(tenth) / (2 * np.sin(2 * tenth)) ** 2
    areas = {
        "circle": np.pi / 4,
        "square": 1,
        "triangle": 0.45,
        "diamond": 0.4,
        "hexagon": 0.87 * 1.5 / 2,
        "star": star,
        "ring": np.pi / 4 * (1 - 0.42**2),
        "cross": 2 * 0.36 - 0.36**2,
    }
    coverage = all_sprites()[:, SIZES.index(size), :, 0].sum(axis=(2, 3, 4))
    for kind, area in areas.items():
        measured = coverage[KINDS.index(kind)] / np.square(EXTENTS[size])
        assert measured == pytest.approx([area] * 3, rel=0.025), kind


def test_textures_cover_the_share_that_their_geometry_says():
    """In the middle 24 x 24 pixels of a large square: half for stripes, pi 1.7^2 / 6^2 for dots."""
    square = all_sprites()[KINDS.index("square"), SIZES.index("large"), 2, :, :, 4:28, 4:28]
    shares = square.mean(axis=(2, 3))[:, 1]
    assert shares[[0, 1]] == pytest.approx([0, 0.5], abs=1e-6)
    assert shares[2] == pytest.approx(np.pi * 1.7**2 / 36, rel=0.02)
    assert shares[3] == pytest.approx(0.5, abs=0.03)
    striped, checkered = square[1, 1], square[3, 1]
    assert np.ptp(striped, axis=1).max() == 0  # stripes are level
    assert np.abs(checkered[9:, :] - checkered[:-9, :]).max() < 1e-6  # checks repeat after 9 pixels
    assert (checkered[2:11, 3:12].mean(axis=0).std()) < 0.2 < checkered[2:4].std()  # and alternate along both axes


def test_layers_never_cover_more_than_a_pixel_and_the_rim_keeps_its_colour():
    bank = all_sprites()
    assert bank.min() >= 0
    total = bank.sum(axis=4)
    assert total.max() <= 1 + 1e-6
    assert np.ptp(total, axis=3).max() < 1e-6  # the texture never changes the outline
    edge = (total > 0) & (total < 0.5)
    assert bank[:, :, :, :, 1][edge].max() < 0.2


def test_kinds_are_all_different_and_fill_their_box():
    bank = all_sprites()[:, 1, 2, 0].sum(axis=1)
    flat = bank.reshape(len(bank), -1)
    distance = np.abs(flat[:, None] - flat[None]).sum(axis=2) / flat.sum(axis=1)
    assert (distance + np.eye(len(bank)) > 0.12).all()
    spans = [np.ptp(np.argwhere(sprite > 0.5), axis=0).max() + 1 for sprite in bank]
    assert min(spans) >= EXTENTS["large"][2] - 4


@pytest.mark.parametrize("side", [32, 128])
def test_other_sides_show_the_same_scene(side):
    """Shrunk or grown by block means, the picture of item i is nearly that of side 64."""
    reference = Scenes(seed=4).pictures(range(40)).astype(float)
    other = Scenes(seed=4, side=side).pictures(range(40)).astype(float)
    small, large = (other, reference) if side == 32 else (reference, other)
    b, c, h, w = small.shape
    shrunk = large.reshape(b, c, h, 2, w, 2).mean(axis=(3, 5))
    assert np.abs(shrunk - small).mean() < (6 if side == 32 else 2)


def test_what_a_chosen_scene_leaves_open_the_seed_decides():
    scene = Scene((Thing("star", "red", "large", "plain"),), "black", place="left")
    fixed = [where(Scenes().render_scene(scene, seed), "red").mean(axis=0) for seed in range(20)]
    assert np.abs(np.array(fixed) - PLACE_CENTRES["left"]).max() < 4
    anywhere = Scene((Thing("star", "red", "large", "plain"),), "black")
    centres = np.array([where(Scenes().render_scene(anywhere, seed), "red").mean(axis=0) for seed in range(60)])
    nearest = np.abs(centres[:, None] - np.array([PLACE_CENTRES[place] for place in PLACES])).sum(axis=2).argmin(axis=1)
    assert len(set(nearest.tolist())) == len(PLACES)
    assert (Scenes().render_scene(anywhere, 3) == Scenes().render_scene(anywhere, 3)).all()


def test_two_chosen_things_stay_two_when_their_relation_is_open():
    scene = Scene((Thing("star", "red", "large", "plain"), Thing("cup", "white", "large", "plain")), "black")
    for seed in range(20):
        picture = Scenes().render_scene(scene, seed)
        assert min(len(where(picture, "red")), len(where(picture, "white"))) > 100
