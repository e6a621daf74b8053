"""Costs against cases that can be counted by hand."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from app.core.randomness import make_generator
from app.evaluation import cost as module
from app.evaluation import cost_at_size
from app.evaluation.cost import DeviceWatch, count_operations, measure_cost, peak_memory, time_by_turns
from app.evaluation.evaluate import evaluate_model
from app.evaluation.model_cost import calls_of, model_cost
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


def test_measuring_memory_says_nothing_and_gives_the_error_stream_back(capfd):
    peak_memory(lambda: torch.zeros(3))
    assert capfd.readouterr().err == ""
    os.write(2, b"still here")
    assert capfd.readouterr().err == "still here"


def test_a_call_that_fails_leaves_no_log_running():
    with pytest.raises(ZeroDivisionError):
        peak_memory(lambda: 1 / 0)
    assert not torch.autograd._profiler_enabled()
    assert peak_memory(lambda: torch.zeros(1_000_000)) == pytest.approx(4_000_000, rel=0.001)


def test_visitors_who_measure_at_the_same_time_take_turns():
    inside, most = [], []

    def call():
        inside.append(1)
        time.sleep(0.02)
        most.append(len(inside))
        inside.pop()
        return torch.zeros(100_000)

    with ThreadPoolExecutor(3) as pool:
        peaks = list(pool.map(lambda _: peak_memory(call), range(6)))
    assert peaks == pytest.approx([400_000] * 6, rel=0.001)
    assert most == [1] * 6


def test_a_gpus_memory_is_what_came_on_top(monkeypatch):
    events = pretend_gpus(monkeypatch)
    monkeypatch.setattr(module, "DeviceWatch", lambda: nullcontext(SimpleNamespace(kinds={"cpu", "cuda"})))
    assert peak_memory(lambda: events.append("call")) == 70
    assert events == ["reset 0", "reset 1", "call"]


def pretend_gpus(monkeypatch) -> list[str]:
    """Two GPUs that PyTorch has begun to use, the second one busy; returns what is asked of them."""
    events: list[str] = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda gpu=0: events.append(f"reset {gpu}"))
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda gpu=0: 100)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda gpu=0: 100 + 70 * gpu)
    return events


def test_what_runs_on_the_processor_is_measured_there_though_there_is_a_gpu(monkeypatch):
    pretend_gpus(monkeypatch)
    assert peak_memory(lambda: torch.zeros(1_000_000)) == pytest.approx(4_000_000, rel=0.001)


def test_what_runs_on_the_processor_of_an_apple_machine_is_measured(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert peak_memory(lambda: torch.zeros(1_000_000)) == pytest.approx(4_000_000, rel=0.001)
    monkeypatch.setattr(module, "DeviceWatch", lambda: nullcontext(SimpleNamespace(kinds={"cpu", "mps"})))
    assert peak_memory(lambda: torch.zeros(1_000_000)) is None


def test_the_devices_of_a_call_are_those_of_its_tensors():
    layer = torch.nn.Conv2d(2, 2, 3, device="meta")
    with DeviceWatch() as watch:
        layer(torch.empty(1, 2, 8, 8, device="meta"))
    assert watch.kinds == {"meta"}
    with watch:
        torch.zeros(3) + 1
    assert watch.kinds == {"meta", "cpu"}


def test_a_convolution_costs_what_its_shape_says():
    layer = torch.nn.Conv2d(4, 6, 3, padding=1, bias=False)
    cost = measure_cost(lambda: layer(torch.zeros(1, 4, 10, 10)), repeats=1)
    assert cost.multiply_adds == 3 * 3 * 4 * 6 * 10 * 10


def test_calls_that_are_timed_by_turns_hand_out_their_rounds():
    order = []
    slow, fast = time_by_turns([lambda: order.append("a") or time.sleep(0.01), lambda: order.append("b")], repeats=3)
    assert order == ["a", "b"] * 5  # counted, warmed up, then three rounds
    assert (len(slow.rounds), len(fast.rounds)) == (3, 3)
    assert min(slow.rounds) > max(fast.rounds)
    assert slow.seconds == sorted(slow.rounds)[1]


@pytest.mark.parametrize("bias", [None, torch.zeros(2, 1, 1, 7)])
def test_attention_costs_the_same_fused_and_written_out(bias):
    """PyTorch's own counter passes over the fused kernel of CPUs."""
    q, k, v = torch.zeros(2, 3, 5, 8), torch.zeros(2, 3, 7, 8), torch.zeros(2, 3, 7, 8)
    fused = count_operations(lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias))
    assert fused == count_operations(lambda: (q @ k.mT).softmax(-1) @ v) == 2 * 2 * (2 * 3 * 5 * 7 * 8)


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


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("f4c4", ("encode", "decode")),
        ("generator", ("network_call", "guided_step", "training_step")),
        ("judge", ("read",)),
    ],
)
def test_every_card_says_what_its_model_costs(tmp_path, name, calls):
    root = make_zoo(tmp_path)
    cost = evaluate_model(open_catalogue(root, RUNTIME), name, 2, write=False)["cost"]
    assert cost["bytes_on_disk"] == (root / name / "weights.safetensors").stat().st_size
    for call in calls:
        assert min(cost[f"{call}_ms"], cost[f"{call}_multiply_adds"], cost[f"{call}_peak_mb"]) > 0
    if name == "generator":
        assert cost["guided_step_multiply_adds"] == 2 * cost["network_call_multiply_adds"]


def test_a_training_is_counted_in_seconds_of_one_core(tmp_path, monkeypatch):
    """Whatever the wall clock said while it shared the machine; the threads of the process are given back."""
    threads: list[int] = []
    timed = cost_at_size._step
    monkeypatch.setattr(cost_at_size, "_step", lambda run: threads.append(torch.get_num_threads()) or timed(run))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        root = make_zoo(tmp_path)
        cost = model_cost(open_catalogue(root, RUNTIME), "generator")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert set(threads) == {1}
    card = open_catalogue(root, RUNTIME).cards["generator"]
    assert card.core_seconds is None
    card = replace(card, training=replace(card.training, steps=700, seconds=9e9), metrics={"cost": cost})
    assert card.core_seconds == pytest.approx(0.7 * cost["training_step_ms"])
