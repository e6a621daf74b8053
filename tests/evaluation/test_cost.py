"""Costs against cases that can be counted by hand."""

import pytest
import torch

from app.core.randomness import make_generator
from app.evaluation.cost import measure_cost, peak_memory
from app.evaluation.evaluate import evaluate_model
from app.evaluation.model_cost import calls_of
from app.models import VAE, VAEConfig
from app.models.build import build
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_zoo


def test_peak_memory_is_what_is_alive_at_once():
    def call():
        first = torch.zeros(1_000_000)  # 4 MB
        second = first + 1  # 8 MB alive
        del first
        return second * 2  # 8 MB again, never 12

    assert peak_memory(call) == pytest.approx(8_000_000, rel=0.001)


def test_a_convolution_costs_what_its_shape_says():
    layer = torch.nn.Conv2d(4, 6, 3, padding=1, bias=False)
    cost = measure_cost(lambda: layer(torch.zeros(1, 4, 10, 10)), repeats=1)
    assert cost.multiply_adds == 3 * 3 * 4 * 6 * 10 * 10


def test_a_vae_costs_four_times_as_much_at_twice_the_side():
    network = build(VAE, VAEConfig(f=4, c=4, widths=(8, 8)), make_generator(0)).eval()
    small, large = (
        {
            name: measure_cost(call, repeats=1).operations
            for name, call in calls_of(network, side, side, RUNTIME).items()
        }
        for side in (32, 64)
    )
    assert set(small) == {"encode", "decode"}
    assert all(large[name] == 4 * small[name] for name in small)


@pytest.mark.parametrize(("name", "calls"), [("f4c4", ("encode", "decode")), ("generator", ("guided_step",))])
def test_every_card_says_what_its_model_costs(tmp_path, name, calls):
    root = make_zoo(tmp_path)
    cost = evaluate_model(open_catalogue(root, RUNTIME), name, 2, write=False)["cost"]
    assert cost["bytes_on_disk"] == (root / name / "weights.safetensors").stat().st_size
    for call in calls:
        assert min(cost[f"{call}_ms"], cost[f"{call}_multiply_adds"], cost[f"{call}_peak_mb"]) > 0
