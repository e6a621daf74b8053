"""The labs of the latent space against what they should give: scores, sums, holes, the pad, pins, the shipped map."""

import numpy as np
import pytest
import torch
from torch import nn

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.data.scenes import Scenes
from app.data.scenes.factors import COLUMN, LABEL_COLUMNS
from app.labs.generate import GenerateRequest, generate
from app.labs.latent_fit import FitFailed, Fits, follow
from app.labs.latent_holes import HolesRequest, decode_holes
from app.labs.latent_manifold import distance_to_scenes
from app.labs.latent_map import (
    MapRequest,
    agreement_of_neighbours,
    encode_points,
    principal_components,
    project,
    strongest,
)
from app.labs.latent_pad import (
    GRID,
    checked_point,
    decode_points,
    grid_points,
    map_digits,
    nearest_digits,
    planar,
    vote,
)
from app.labs.latent_paths import Score, all_walks, best, end_picture, score
from app.labs.latent_pins import parse_pins, pin_scene
from app.labs.latent_shipped import SHIPPED, read_map
from app.labs.latent_sums import FACTORS, SumsRequest, measure_sums, random_triples
from app.labs.latent_trajectory import trajectory_steps
from app.labs.smoothness import push_example
from app.labs.walk import PATHS, Walk, WalkRequest, walk
from app.models import VAEConfig
from app.models.latents import LatentScale
from app.store.card import Training
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_checkpoint, make_zoo


def finish(steps):
    """Run a generator to its end; returns what it yielded and what it returned."""
    said = []
    while True:
        try:
            said.append(next(steps))
        except StopIteration as end:
            return said, end.value


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    root = make_zoo(tmp_path_factory.mktemp("zoo"))
    config, training = (
        VAEConfig(16, 2, 1e-3, widths=(4, 4, 4, 8)),
        Training("t", "digits", 0, 0, 1, 0.0, 0.0, "test", side=16),
    )
    make_checkpoint(root, "digits", "vae", config, latent_scale=LatentScale((0.0,) * 2, (1.0,) * 2), training=training)
    return open_catalogue(root, RUNTIME)


def test_principal_components_from_either_matrix_are_those_of_the_singular_values():
    rows = np.random.default_rng(0).normal(size=(30, 12)).astype(np.float32)
    for table in (rows, rows.T.copy()):
        places, variances = principal_components(table, 3)
        centred = table - table.mean(0)
        wanted = np.linalg.svd(centred, compute_uv=False)[:3] ** 2 / (len(table) - 1)
        assert variances == pytest.approx(wanted, rel=1e-3)
        assert places.var(axis=0, ddof=1) == pytest.approx(wanted, rel=1e-3)
        assert places[np.abs(places).argmax(axis=0), range(3)].min() > 0


def test_the_strongest_components_say_how_much_they_hold(catalogue):
    points = encode_points(catalogue.vae("f8c4"), 80, RUNTIME)
    kept = strongest(points)
    _, variances = principal_components(points.latents, 48)
    assert kept.latents.shape == (80, 48)
    assert kept.share == pytest.approx(variances.sum() / points.variance, rel=1e-3)
    assert points.share == pytest.approx(1.0)
    whole, small = (project(each, MapRequest(count=80)) for each in (points, kept))
    assert small.xy == pytest.approx(whole.xy, abs=1e-2)
    assert small.explained == pytest.approx(whole.explained, rel=1e-3)


def test_neighbours_in_a_sorted_row_agree_and_by_chance_as_often_as_classes_are_large(catalogue):
    chart = project(encode_points(catalogue.vae("f8c4"), 40, RUNTIME), MapRequest(count=40))
    column = LABEL_COLUMNS.index("background")
    numbers = chart.labels[:, column]
    chart.latents[:] = 100.0 * numbers[:, None]  # scenes of one background in one place
    shared, chance = agreement_of_neighbours(chart, "background", count=1)
    assert shared == pytest.approx(np.mean([(numbers == number).sum() > 1 for number in numbers]))
    assert chance == pytest.approx(np.mean([(numbers == number).mean() for number in numbers]))


def test_a_map_of_other_latents_is_not_read(catalogue, tmp_path):
    card = catalogue.card("f4c4")
    (tmp_path / "f4c4").mkdir()
    assert read_map(tmp_path, card) is None
    for digest in ("other", card.latents_sha256):
        np.savez(
            tmp_path / "f4c4" / "map.npz",
            latents_sha256=digest,
            variance=8.0,
            xy=np.zeros((SHIPPED.count, 2), np.float16),
            latents=np.ones((SHIPPED.count, 4), np.float16),
        )
        found = read_map(tmp_path, card)
        assert (found is None) == (digest == "other")
    assert found.points.shipped
    (tmp_path / "f4c4" / "map.npz").write_bytes(b"PK no map")
    assert read_map(tmp_path, card) is None


def test_a_second_fit_waits_for_the_first_and_a_failure_is_said(monkeypatch):
    monkeypatch.setattr("app.labs.latent_fit.ROOT", "/")  # a folder without the program: the process ends at once
    fits = Fits()
    first = fits.start("a", np.zeros((4, 2), np.float32), MapRequest(count=10).fit)
    with pytest.raises(FitFailed, match="could not be fitted"):
        list(follow(first, 0.05))
    assert fits.known("a") is None
    fits._fits["busy"] = type("Busy", (), {"running": True, "places": None})()
    with pytest.raises(FitFailed, match="just now"):
        fits.start("b", np.zeros((4, 2), np.float32), MapRequest(count=10).fit)


def test_pins_are_numbers_of_the_map(catalogue):
    assert parse_pins("17, 3 99", 100) == [17, 3, 99]
    assert parse_pins("", 100) == []
    for text in ("100", "-1", "x", "1 2 3 4 5", "9" * 40):
        with pytest.raises(BadRequest):
            parse_pins(text, 100)
    model = catalogue.vae("f4c4")
    pin = pin_scene(model, 17, RUNTIME)
    assert torch.equal(pin.picture, end_picture("a scene of the map", 17))
    assert torch.allclose(pin.decoded, model.network.decode(pin.z).detach().clamp(-1, 1), atol=1e-5)


def test_a_drawn_scene_is_near_to_itself_and_a_double_exposure_is_not(catalogue, monkeypatch):
    scenes = Scenes(split="test")
    x = from_bytes(scenes.pictures(range(12)))
    labels = np.asarray(scenes.labels(range(12)))
    monkeypatch.setattr(
        "app.labs.latent_manifold.read_pictures", lambda judge, pictures, runtime: labels[: len(pictures)]
    )
    real = (0.3, 0.12)
    near = distance_to_scenes(catalogue.judge(), x, real, RUNTIME)
    faded = distance_to_scenes(catalogue.judge(), 0.5 * (x + x.flip(0)), real, RUNTIME)
    assert max(near) < 1
    assert sum(near) < 0.6 * sum(faded)
    noisy = x + 0.5 * normal(tuple(x.shape), make_generator(0))  # its means over squares are those of the scenes
    assert min(distance_to_scenes(catalogue.judge(), noisy, real, RUNTIME)) > 1.5
    assert near[3] == pytest.approx(distance_to_scenes(catalogue.judge(), x[:4], real, RUNTIME)[3], abs=1e-6)


def test_the_winner_is_the_path_nearest_to_scenes(catalogue, monkeypatch):
    monkeypatch.setattr("app.labs.latent_paths.distance_to_scenes", lambda *_: (0.0, 0.5, 1.5, 0.0))
    walked = Walk(WalkRequest("linear", 4), torch.zeros(4, 3, 8, 8), (1.0, 4.0, 1.0), (1.0, 0.9, 0.5, 1.0))
    made = score(walked, catalogue.judge(), (0.2, 0.1), RUNTIME)
    assert (made.on, made.mean, made.jump) == (0.5, 1.0, 2.0)
    other = Score("noise", (), 0.0, 0.9, 9.0)
    assert best([made, other]) == "noise"


def test_all_walks_are_the_single_walks(catalogue):
    model, judge, ends = catalogue.denoiser("generator"), catalogue.judge(), (end_picture("", 3), end_picture("", 4))
    said, walks = finish(all_walks(model, judge, ends, 3, 2, RUNTIME))
    assert [each.request.path for each in walks] == list(PATHS)
    alone = walk(model, judge, *ends, WalkRequest("noise", 3, 2), RUNTIME)
    assert torch.allclose(walks[-1].pictures, alone.pictures, atol=1e-5)
    assert {path for path, _ in said} == set(PATHS)
    assert all(0 <= share <= 1 for _, share in said)


def test_sums_ask_for_the_factor_of_a_on_the_scene_c(catalogue):
    for factor in FACTORS:
        a, b, c, wanted = random_triples(factor, SumsRequest(3, 1))
        column = COLUMN[factor]
        others = np.arange(a.shape[1]) != column
        assert (a[:, others] == b[:, others]).all()
        assert (b[:, column] == c[:, column]).all()
        assert (a[:, column] != c[:, column]).all()
        assert (wanted[:, column] == a[:, column]).all()
        assert (wanted[:, others] == c[:, others]).all()
    _, rates = finish(measure_sums(catalogue.vae("f8c4"), catalogue.judge(), SumsRequest(2), RUNTIME))
    assert [rate.factor for rate in rates] == list(FACTORS)
    assert {rate.kept.n for rate in rates} == {10}


def test_holes_share_their_noise_and_follow_the_measured_scale(catalogue):
    model, judge = catalogue.vae("f8c4"), catalogue.judge()
    _, one = finish(decode_holes(model, judge, (0.2, 0.1), HolesRequest((0.0, 1.0), 2), RUNTIME))
    assert one.pictures.shape == (2, 2, 3, 64, 64)
    assert torch.allclose(one.pictures[0, 0], one.pictures[0, 1], atol=1e-5)
    assert not torch.allclose(one.pictures[1, 0], one.pictures[1, 1], atol=1e-3)
    wide = type(model)(model.network, LatentScale((0.5,) * 4, (2.0,) * 4), model.card)
    _, two = finish(decode_holes(wide, judge, (0.2, 0.1), HolesRequest((0.0,), 1, measured=True), RUNTIME))
    middle = model.network.decode(torch.full((1, 4, 8, 8), 0.5)).detach().clamp(-1, 1)
    assert torch.allclose(two.pictures[0], middle, atol=1e-5)


def test_a_trajectory_measures_the_steps_of_a_generation(catalogue):
    model, request = catalogue.denoiser("generator"), GenerateRequest("a red star", steps=3)
    said, found = finish(trajectory_steps(model, request, RUNTIME))
    trail = generate(model, request, RUNTIME).trail
    moved = (trail[2].x0 - trail[1].x0).square().mean().sqrt().item()
    assert found.latent_moved[1] == pytest.approx(moved, rel=1e-4)
    assert found.gains[1] == pytest.approx(found.picture_moved[1] / moved, rel=1e-4)
    assert said == pytest.approx([1 / 3, 2 / 3, 1])


def test_a_push_of_each_size_goes_the_same_way(catalogue):
    model = catalogue.vae("f4c4")
    decoder, model.network.decoder = (
        model.network.decoder,
        nn.Sequential(nn.Conv2d(4, 3, 1), nn.Upsample(scale_factor=4.0)),
    )
    try:
        with torch.no_grad():
            for part in model.network.decoder.parameters():
                part.fill_(0.01)
        still, small, large = push_example(model, 0, (0.1, 0.3), 0, RUNTIME)
    finally:
        model.network.decoder = decoder
    assert torch.allclose(large - still, 3 * (small - still), atol=1e-5)


def test_the_pad_is_laid_out_as_its_points_say(catalogue):
    assert planar(catalogue) == ["digits"]
    model = catalogue.vae("digits")
    plane = map_digits(model, RUNTIME, count=40)
    xy = grid_points()
    assert xy[0].tolist() == [-4, 4]
    assert xy[-1].tolist() == [4, -4]
    at = 5 * GRID + 3
    assert torch.allclose(plane.grid[at], decode_points(model, xy[at][None], RUNTIME)[0], atol=1e-5)
    assert nearest_digits(plane, plane.z[7][None], 1) == [7]
    digit, share = vote(plane, plane.z[7][None], 1)
    assert (digit, share) == (plane.digits[7], 1.0)
    for x in (float("nan"), 5.0):
        with pytest.raises(BadRequest):
            checked_point(x, 0.0)
