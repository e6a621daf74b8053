"""Latent sums: which factors they stand for, how a channel is pushed, and a preview that is least squares."""

import pytest
import torch
from torch import nn

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.data.scenes import Scenes, parse_caption
from app.labs.arithmetic import add_and_subtract, fit_preview, sum_scene, traverse
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_zoo


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME)


A, B, C = (
    parse_caption(f"a large plain {thing} in the centre on a {background} background")
    for thing, background in (("red star", "grey"), ("red circle", "grey"), ("blue circle", "black"))
)


def test_a_sum_takes_from_c_what_a_shares_with_b(catalogue):
    """red star on grey - red circle on grey + blue circle on black = blue star on black."""
    result = add_and_subtract(catalogue.vae("f4c4"), catalogue.judge(), (A, B, C), 1, RUNTIME)
    assert result.wanted["colour_a"] == "blue"
    assert result.wanted["kind_a"] == "star"
    assert result.wanted["background"] == "black"
    assert set(result.right) == set(result.wanted)
    scene = sum_scene(result.wanted)
    assert (scene.things[0].kind, scene.things[0].colour, scene.place) == ("star", "blue", "centre")
    blue = parse_caption("a large plain blue star in the centre on a black background")
    assert torch.equal(result.meant[0], from_bytes(Scenes(split="test").render_scene(blue, 1)))


def test_the_sum_is_taken_of_the_latents(catalogue):
    model = catalogue.vae("f4c4")
    result = add_and_subtract(model, catalogue.judge(), (A, B, C), 1, RUNTIME)
    a, b, c = model.network.encode(result.pictures[:3]).mean.split(1)
    assert torch.allclose(result.z, a - b + c, atol=1e-5)
    same = add_and_subtract(model, catalogue.judge(), (A, B, B), 1, RUNTIME)
    assert torch.allclose(same.z, a, atol=1e-4)


def test_a_factor_that_b_shares_with_neither_is_left_open(catalogue):
    other = parse_caption("a large plain green circle in the centre on a pink background")
    wanted = add_and_subtract(catalogue.vae("f4c4"), catalogue.judge(), (A, other, C), 1, RUNTIME).wanted
    assert "colour_a" not in wanted
    assert "background" not in wanted


def test_a_sum_of_which_nobody_knows_how_many_things_it_shows_is_refused(catalogue):
    """B has two things, A and C have one: nothing says what the sum has."""
    two = parse_caption("a red star to the left of a blue circle on a grey background")
    with pytest.raises(BadRequest, match="One thing or two"):
        add_and_subtract(catalogue.vae("f4c4"), catalogue.judge(), (A, two, C), 1, RUNTIME)


def test_a_traversal_moves_one_channel_symmetrically_about_z(catalogue):
    model = catalogue.vae("f4c4")
    z = normal((1, 4, 16, 16), make_generator(0))
    frames = traverse(model, z, 2, RUNTIME, stds=2.0, frames=5)
    moved = z.clone()
    moved[0, 2] += 1.0 * model.scale.std[2]
    assert torch.allclose(frames[2], model.network.decode(z)[0].clamp(-1, 1), atol=1e-5)
    assert torch.allclose(frames[3], model.network.decode(moved)[0].clamp(-1, 1), atol=1e-5)
    with pytest.raises(BadRequest):
        traverse(model, z, 4, RUNTIME)


class Averages(nn.Module):
    """An encoder whose first three channels are the mean colours, doubled, and whose fourth is empty."""

    def forward(self, x):
        colours = 2 * nn.functional.avg_pool2d(x, 4) + 0.5
        return torch.cat([colours, 0 * colours[:, :1], torch.zeros(len(x), 4, *colours.shape[-2:])], dim=1)


def test_the_preview_finds_a_linear_code_and_says_so(catalogue):
    model = catalogue.vae("f4c4")
    encoder, model.network.encoder = model.network.encoder, Averages()
    try:
        preview = fit_preview(model, RUNTIME, count=16)
    finally:
        model.network.encoder = encoder
    assert preview.r2 == pytest.approx(1.0, abs=1e-4)
    assert preview.weights[:, :3] == pytest.approx(0.5 * torch.eye(3).numpy(), abs=1e-3)
    assert preview.bias == pytest.approx([-0.25] * 3, abs=1e-3)
    z = torch.full((1, 4, 2, 2), 0.5)
    assert torch.allclose(preview.show(z), torch.zeros(1, 3, 2, 2), atol=1e-2)
