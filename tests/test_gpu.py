"""On a GPU the app computes what it computes on the CPU, within the precision of float32. Skipped without one.

Not covered by these tests: several GPUs at once, and bfloat16, whose rounding hides what is compared here.
"""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from app.core.pictures import from_bytes
from app.core.registry import Registry
from app.core.runtime import Runtime, choose_runtime
from app.data.scenes import Scenes
from app.diffusion.samplers import SAMPLERS
from app.evaluation.cost import measure_cost
from app.evaluation.sampling import SamplingOptions, decode_samples, sample
from app.labs import training_run
from app.labs.training_run import TrainRequest, run_training
from app.store.catalogue import open_catalogue
from app.store.checkpoint import config_of
from app.training.config import TrainConfig
from app.training.recipe import Recipe
from app.training.recipes import RECIPES
from tests.checkpoints import RUNTIME, make_zoo

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU for PyTorch")

CAPTIONS, SEEDS = ["a large red star on a blue background", "a small green cup on a black background"], [3, 4]
TOLERANCE = 2e-3
"""Sums are added up in another order, and TensorFloat-32 may round convolutions to 11 bits."""


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    return make_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="module")
def gpu() -> Runtime:
    torch.backends.cudnn.allow_tf32 = False
    return choose_runtime("cuda", "float32")


def test_a_gpu_is_chosen_when_there_is_one():
    assert choose_runtime().device.type == "cuda"


@torch.inference_mode()
def test_encoding_and_decoding_agree(zoo, gpu):
    pictures, found = from_bytes(Scenes(split="test").pictures(range(2))), []
    for runtime in (RUNTIME, gpu):
        network = open_catalogue(zoo, runtime).vae("f4c4").network
        posterior = network.encode(runtime.put(pictures))
        found.append([part.cpu() for part in (*posterior, network.decode(posterior.mean))])
    for here, there in zip(*found, strict=True):
        torch.testing.assert_close(here, there, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", list(SAMPLERS))
def test_every_sampler_walks_the_same_way(zoo, gpu, name):
    options, found = SamplingOptions(steps=4, sampler=name), []
    for runtime in (RUNTIME, gpu):
        model = open_catalogue(zoo, runtime).denoiser("generator")
        *_, last = sample(model, CAPTIONS, SEEDS, options, runtime)
        assert last.x.device.type == "cpu"  # states are for people: only the network works on the GPU
        found.append((last.x, decode_samples(model, last.x, runtime)))
    for here, there in zip(*found, strict=True):
        torch.testing.assert_close(here, there, rtol=TOLERANCE, atol=TOLERANCE * float(here.abs().max()))


def small_recipes(zoo) -> Registry:
    """A VAE and a denoiser that train in milliseconds a step, the denoiser with the zoo's own VAE as its partner."""
    train = TrainConfig(steps=2, batch_size=8, warmup_steps=1)
    config = config_of(open_catalogue(zoo, RUNTIME).card("generator"))
    denoiser = Recipe("denoiser", "small", config, train, examples=32)
    return Registry("recipe", digits=replace(RECIPES["digits"], train=train), denoiser=denoiser)


@pytest.mark.parametrize("recipe", ["digits", "denoiser"])
def test_two_training_steps_and_a_resumed_training_agree(zoo, gpu, tmp_path, monkeypatch, recipe):
    monkeypatch.setattr(training_run, "RECIPES", small_recipes(zoo))
    losses, weights = {}, {}
    for where, runtime, resume in (("cpu", RUNTIME, False), ("gpu", gpu, False), ("resumed", gpu, True)):
        request = TrainRequest(recipe, tmp_path / where, resume=resume, checkpoints=zoo, scale_pictures=64)
        if resume:
            next(unfinished := run_training(request, runtime))
            unfinished.close()  # as a visitor stops it: the state of the first step is saved
        losses[where] = [report.loss for report in run_training(request, runtime)]
        weights[where] = load_file(tmp_path / where / "weights.safetensors")
    assert losses["gpu"] == pytest.approx(losses["cpu"], rel=1e-2)
    assert losses["resumed"] == pytest.approx(losses["gpu"][1:], rel=1e-3)
    for name, value in weights["cpu"].items():
        torch.testing.assert_close(weights["gpu"][name], value, rtol=0, atol=1e-2)
        torch.testing.assert_close(weights["resumed"][name], weights["gpu"][name], rtol=0, atol=1e-2)


def test_memory_and_operations_of_a_call_are_measured(gpu):
    a = torch.randn(256, 256, device=gpu.device)
    cost = measure_cost(lambda: a @ a, repeats=2)
    assert cost.multiply_adds == 256**3
    assert cost.peak_bytes is not None
    assert cost.peak_bytes >= 256 * 256 * 4
