"""Measures against closed forms and against figures worked out by hand."""

import math

import numpy as np
import pytest
import torch

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.data.scenes import LABEL_COLUMNS, LABEL_TABLES, Scenes
from app.evaluation.generation import draw_captions, wanted_labels
from app.evaluation.judging import agreement, compliance, confusion, items_with, read_pictures
from app.evaluation.rates import wilson
from app.evaluation.reconstruction import HIGHEST_PSNR, evaluate_vae, psnr, reconstruct, ssim
from app.evaluation.sampling import SamplingOptions
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_zoo

OTHER = {"colour_a": "colour_b", "colour_b": "colour_a"}
SWAPPED = [LABEL_COLUMNS.index(OTHER.get(name, name)) for name in LABEL_COLUMNS]
CAPTION = "a small striped red star at the top left on a blue background"


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)


def test_psnr_of_a_known_error():
    """A constant error of 10 grey levels: 20 log10(255 / 10)."""
    x = from_bytes(np.full((2, 3, 8, 8), 100, np.uint8))
    y = from_bytes(np.full((2, 3, 8, 8), 110, np.uint8))
    assert psnr(x, y).tolist() == pytest.approx([20 * math.log10(25.5)] * 2)
    assert psnr(x, x).tolist() == pytest.approx([HIGHEST_PSNR] * 2)


def test_psnr_sees_what_a_screen_shows():
    """Values beyond [-1, 1] are clipped, as on a screen, before they are compared."""
    white = torch.ones(1, 3, 8, 8)
    assert psnr(white, white + 5).item() == pytest.approx(HIGHEST_PSNR)


def test_ssim_is_1_for_equal_pictures_and_falls_with_noise():
    x = from_bytes(Scenes(split="test").pictures([0, 1]))
    noise = normal(tuple(x.shape), make_generator(0))
    assert ssim(x, x).tolist() == pytest.approx([1.0, 1.0])
    little, much = ssim(x, x + 0.05 * noise), ssim(x, x + 0.5 * noise)
    assert (much < little).all()
    assert (little < 1).all()


@pytest.mark.parametrize("side", [3, 4, 6, 7])
def test_the_window_of_ssim_shrinks_with_the_picture(side):
    x = normal((1, 3, side, side), make_generator(1)).clamp(-1, 1)
    assert ssim(x, x).item() == pytest.approx(1.0)
    assert ssim(x, -x).item() < 0.5


def test_ssim_is_not_defined_for_two_pixels():
    x = torch.zeros(2, 3, 2, 9)
    assert ssim(x, x).isnan().tolist() == [True, True]


def test_the_wilson_interval_of_a_published_example():
    """Newcombe (1998), table I: 81 of 263 gives 0.2553 to 0.3662."""
    rate = wilson(81, 263)
    assert (rate.low, rate.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 0).rate is None
    assert wilson(10, 10).high == 1.0


def test_a_vae_is_measured_picture_by_picture_whatever_the_batches(catalogue):
    """The mean over 70 pictures equals the mean of single measurements, with each batch's own noise."""
    model, data = catalogue.vae("f4c4"), Scenes(split="test")
    measured = evaluate_vae(model, data, 70, RUNTIME)
    singles = []
    for start, stop in ((0, 64), (64, 70)):
        x = from_bytes(data.pictures(range(start, stop)))
        singles += psnr(x, reconstruct(model, x, RUNTIME, seed=start)[0]).tolist()
    assert measured["n"] == 70
    assert measured["psnr_db"] == pytest.approx(np.mean(singles), abs=0.006)


def test_what_nobody_asked_for_counts_as_right():
    wanted, read = np.array([[0, -1, 3]]), np.array([[0, 5, 2]])
    assert agreement(wanted, read).tolist() == [[True, True, False]]


def test_compliance_counts_each_attribute_over_those_who_ask():
    scenes = Scenes(split="test")
    wanted = np.asarray(scenes.labels(items_with(scenes, 1, 40)))
    read = wanted.copy()
    colour = LABEL_COLUMNS.index("colour_a")
    read[:10, colour] = (read[:10, colour] + 1) % 8
    wanted[20:, colour] = -1
    figures = compliance(wanted, read)
    assert (figures["colour"]["rate"], figures["colour"]["n"]) == (0.5, 20)
    assert figures["kind"]["rate"] == 1.0
    assert figures["all_attributes"]["rate"] == 0.75


def test_two_things_are_right_if_both_kinds_both_colours_and_the_relation_are():
    scenes = Scenes(split="test")
    wanted = np.asarray(scenes.labels(items_with(scenes, 2, 40)))
    read = wanted.copy()
    for row, column in enumerate(("layout", "kind_a", "kind_b", "colour_a", "colour_b")):
        read[row, LABEL_COLUMNS.index(column)] += 1
    for row, column in enumerate(("texture_a", "size_b", "background"), start=10):  # nobody's business here
        read[row, LABEL_COLUMNS.index(column)] += 1
    figures = compliance(wanted, read)
    assert (figures["things_colours_relation"]["rate"], figures["things_colours_relation"]["n"]) == (35 / 40, 40)
    assert figures["all_attributes"]["rate"] == 32 / 40


def test_only_those_that_ask_for_two_things_count_as_two_things():
    scenes = Scenes(split="test")
    ones, twos = (np.asarray(scenes.labels(items_with(scenes, things, 5))) for things in (1, 2))
    assert "things_colours_relation" not in compliance(ones, ones)
    swapped = twos[:, SWAPPED]  # each thing in the colour of the other
    both = compliance(np.concatenate([ones, twos]), np.concatenate([ones, swapped]))
    assert (both["things_colours_relation"]["rate"], both["things_colours_relation"]["n"]) == (0.0, 5)


def test_confusion_says_what_was_taken_for_what():
    scenes = Scenes(split="test")
    wanted = np.asarray(scenes.labels(items_with(scenes, 1, 60)))
    read, colour, place = wanted.copy(), LABEL_COLUMNS.index("colour_a"), LABEL_COLUMNS.index("place")
    wanted[:10, colour] = 2
    read[:10, colour] = 5
    read[:4, place] = -1  # taken for two things: their place was not read
    tables = confusion(wanted, read)
    counts = np.array(tables["colour"])
    assert counts[2, 5] == 10
    assert counts.sum() == tables["n"] == 60
    assert np.trace(counts) == 50
    assert np.array(tables["place"]).sum() == 56
    assert tables["colour_classes"] == list(LABEL_TABLES["colour_a"])
    assert {name for name in tables if not name.endswith("_classes")} == {
        "n", "layout", "background", "place", "kind", "colour", "size", "texture"
    }  # fmt: skip


def test_items_with_counts_things():
    scenes = Scenes(split="test")
    for things in (1, 2):
        shown = scenes.scenes(items_with(scenes, things, 30))
        assert [len(scene.things) for scene in shown] == [things] * 30


def test_the_judges_reading_leaves_out_what_its_layout_rules_out(catalogue):
    read = read_pictures(catalogue.judge(), from_bytes(Scenes(split="test").pictures(range(64))), RUNTIME)
    one = read[:, LABEL_COLUMNS.index("layout")] == 0
    place, kind_b = (read[:, LABEL_COLUMNS.index(name)] for name in ("place", "kind_b"))
    assert ((kind_b == -1) == one).all()
    assert ((place == -1) == ~one).all()


def test_wanted_labels_leave_open_what_a_caption_does():
    full, open_ended = wanted_labels([CAPTION, "a red star"])
    assert (full >= 0).sum() == 7  # layout, background, place, kind, colour, size, texture
    assert (open_ended >= 0).sum() == 3  # layout, kind, colour


def test_a_caption_that_says_no_scene_is_refused_and_not_left_out():
    with pytest.raises(BadRequest, match="star star"):
        wanted_labels([CAPTION, "star star"])


def test_the_judge_refuses_pictures_of_another_side(catalogue):
    with pytest.raises(BadRequest, match="64 pixels; these have 32"):
        read_pictures(catalogue.judge(), torch.zeros(1, 3, 32, 32), RUNTIME)


def test_a_picture_does_not_depend_on_its_batch(catalogue):
    model, options = catalogue.denoiser("generator"), SamplingOptions(steps=3, sampler="ddpm")
    captions = [CAPTION, "a large blue ring on the left on a white background"]
    both = draw_captions(model, captions, [5, 6], options, RUNTIME)
    alone = draw_captions(model, captions[1:], [6], options, RUNTIME)
    assert torch.allclose(both[1:], alone, atol=1e-4)
    assert not torch.allclose(both[:1], both[1:], atol=1e-2)
