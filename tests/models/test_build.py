"""Fresh weights: their variance, and that none is left unfilled; configs that make no network are refused."""

import pytest
import torch
from torch import nn

from app.core.errors import BadRequest
from app.core.randomness import make_generator, normal
from app.models import DenoiserConfig, JudgeConfig, RefinerConfig
from app.models.build import build, initialise
from app.models.latents import LatentScale
from app.models.text import TextConfig

TEXT = TextConfig(("a", "star"), length=4, width=16, layers=1, heads=2)


class Square(nn.Linear):
    def __init__(self, width: int) -> None:
        super().__init__(width, width)


def test_a_layer_keeps_the_variance_of_what_it_gets():
    layer = build(Square, 512, make_generator(0))
    with torch.no_grad():
        out = layer(normal((256, 512), make_generator(1)))
    assert out.std().item() == pytest.approx(1.0, abs=0.03)


class OwnParameter(nn.Module):
    def __init__(self, _: object) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(4))


class OwnBuffer(nn.Module):
    def __init__(self, _: object) -> None:
        super().__init__()
        self.register_buffer("waves", torch.zeros(4), persistent=False)


@pytest.mark.parametrize("network", [OwnParameter, OwnBuffer, nn.BatchNorm2d])
def test_numbers_that_no_rule_fills_are_an_error_and_not_leftovers_of_memory(network):
    with pytest.raises(TypeError, match="no rule"):
        build(network, 4, make_generator(0))


def test_layers_without_numbers_need_no_rule():
    without = nn.Sequential(nn.LayerNorm(4, elementwise_affine=False), nn.SiLU(), nn.PixelShuffle(2))
    initialise(without, make_generator(0))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"heads": 3}, "heads divides the widths"),
        ({"side": 6, "widths": (16, 16, 16)}, "multiple of patch"),
        ({"side": 8, "patch": 8}, "multiple of patch"),
        ({"attention_levels": (2,)}, "attention_levels"),
        ({"attention_levels": (-1,)}, "attention_levels"),
        ({"widths": ()}, "1 to 8 widths"),
        ({"heads": 0}, "from 1 to 4096"),
        ({"condition_width": 15}, "condition_width is even"),
    ],
)
def test_a_denoiser_that_cannot_be_is_refused_by_rule(changes, said):
    fits = {"channels": 4, "side": 8, "widths": (16, 16), "heads": 2, "condition_width": 16}
    DenoiserConfig(TEXT, **fits)
    with pytest.raises(BadRequest, match=said):
        DenoiserConfig(TEXT, **(fits | changes))


def test_other_configs_that_cannot_be_are_refused():
    with pytest.raises(BadRequest, match="heads divides width"):
        TextConfig(("a",), width=10, heads=4)
    with pytest.raises(BadRequest, match="multiples of 8"):
        JudgeConfig(("kind",), (3,), widths=(12,))
    with pytest.raises(BadRequest, match="each column has a size"):
        JudgeConfig(("kind", "colour"), (3,))
    with pytest.raises(BadRequest, match="multiple of 2"):
        JudgeConfig(("kind",), (3,), side=40)
    with pytest.raises(BadRequest, match="names its partner"):
        RefinerConfig("")


@pytest.mark.parametrize(
    ("mean", "std"), [((0.0,), (1.0, 1.0)), ((0.0,), (0.0,)), ((0.0,), (-1.0,)), ((float("nan"),), (1.0,))]
)
def test_a_scale_that_cannot_be_is_refused(mean, std):
    with pytest.raises(BadRequest, match="latent scale"):
        LatentScale(mean, std)
