"""Walks between two pictures: ends, geometry of the arc, and the scores of each frame."""

import math

import pytest
import torch

from app.core.errors import BadRequest, UnknownName
from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.data import open_dataset
from app.labs.walk import PATHS, WalkRequest, certainty, linear, spherical, walk
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_zoo

SHARES = torch.linspace(0, 1, 9)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)


@pytest.fixture(scope="module")
def ends():
    return from_bytes(open_dataset("scenes", split="test").pictures([0, 1])).split(1)


def test_the_arc_keeps_the_length_and_turns_evenly():
    a, b = normal((1, 500), make_generator(0)), normal((1, 500), make_generator(1))
    b = b * a.norm() / b.norm()
    arc = spherical(a, b, SHARES)
    assert arc.norm(dim=1).tolist() == pytest.approx([a.norm().item()] * 9, rel=1e-4)
    cosines = torch.cosine_similarity(arc[1:], arc[:-1])
    assert cosines.acos().tolist() == pytest.approx([torch.cosine_similarity(a, b).acos().item() / 8] * 8, rel=1e-3)
    assert linear(a, b, SHARES)[4].norm() < 0.8 * a.norm()  # the straight line cuts the corner


def test_parallel_vectors_take_the_straight_line():
    a = normal((1, 20), make_generator(0))
    assert torch.allclose(spherical(a, 3 * a, SHARES), linear(a, 3 * a, SHARES))


@pytest.mark.parametrize("path", ["pixels", "linear", "spherical"])
def test_a_walk_begins_and_ends_at_the_pictures_as_the_vae_rebuilds_them(catalogue, ends, path):
    model = catalogue.denoiser("generator")
    result = walk(model, catalogue.judge(), *ends, WalkRequest(path, frames=5), RUNTIME)
    wanted = ends
    if path != "pixels":
        network = model.vae.network
        wanted = [network.decode(network.encode(end).mean).clamp(-1, 1) for end in ends]
    assert torch.allclose(result.pictures[0], wanted[0][0], atol=1e-4)
    assert torch.allclose(result.pictures[-1], wanted[1][0], atol=1e-4)


def test_the_noise_path_comes_back_to_its_ends(catalogue, ends):
    """Inversion and DDIM undo each other up to an error that falls with the steps."""
    model = catalogue.denoiser("generator")
    network = model.vae.network
    wanted = network.decode(network.encode(ends[0]).mean).clamp(-1, 1)
    errors = [
        (
            walk(model, catalogue.judge(), *ends, WalkRequest("noise", frames=2, steps=steps), RUNTIME).pictures[0]
            - wanted[0]
        )
        .abs()
        .mean()
        .item()
        for steps in (5, 50)
    ]
    assert errors[1] < 0.5 * errors[0]


def test_step_sizes_are_rms_changes_and_a_cross_fade_moves_evenly(catalogue, ends):
    result = walk(catalogue.denoiser("generator"), catalogue.judge(), *ends, WalkRequest("pixels", frames=5), RUNTIME)
    whole = (ends[1] - ends[0]).square().mean().sqrt().item()
    assert result.moved == pytest.approx([whole / 4] * 4, rel=1e-4)


def test_certainty_is_the_mean_probability_of_the_named_classes(catalogue, ends):
    judge = catalogue.judge()
    with torch.inference_mode():
        scores = judge.network(ends[0]).scores
    sure = [float(each.softmax(-1).max()) for each in scores]
    one = int(scores[0].argmax()) == 0
    counted = [*sure[:7], *([] if one else sure[7:])]
    if not one:
        counted.pop(2)
    assert certainty(judge, ends[0], RUNTIME)[0] == pytest.approx(math.fsum(counted) / len(counted), rel=1e-4)


def test_impossible_walks_are_refused():
    with pytest.raises(BadRequest):
        WalkRequest("linear", frames=1)
    with pytest.raises(UnknownName, match="sphericall"):
        WalkRequest("sphericall")
    assert set(PATHS) == {"pixels", "linear", "spherical", "noise"}
