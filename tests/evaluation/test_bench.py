"""Timing: what is warmed up, what is waited for, and that everything goes to the device."""

from itertools import islice
from types import SimpleNamespace

import pytest
import torch

from app.core.runtime import Runtime
from app.evaluation import bench as module
from app.evaluation.cost import time_call
from app.store.catalogue import LoadedDenoiser, open_catalogue
from app.training.task import Task
from tests.checkpoints import RUNTIME, make_zoo

META = Runtime(torch.device("meta"), torch.float32, torch.channels_last, "a device other than the CPU on any machine")


@pytest.mark.parametrize("counted", [True, False])
def test_a_call_is_warmed_up_twice(counted):
    calls = []
    assert time_call(lambda: calls.append(1), repeats=3, counted=counted).repeats == 3
    assert len(calls) == 2 + 3


def test_a_gpu_is_waited_for_before_and_after_each_timed_call(monkeypatch):
    events = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: events.append("wait"))
    time_call(lambda: events.append("call"), repeats=2, counted=False)
    assert events == ["call", "call", "wait", "call", "wait", "wait", "call", "wait"]


def test_operations_of_a_matrix_product_are_two_for_each_multiplication():
    a, b = torch.zeros(3, 5), torch.zeros(5, 7)
    assert time_call(lambda: a @ b, repeats=1).operations == 2 * 3 * 5 * 7


def test_a_guided_step_runs_on_the_device(tmp_path):
    model = open_catalogue(make_zoo(tmp_path), RUNTIME).denoiser("generator")
    away = LoadedDenoiser(model.network.to("meta"), model.card, None)
    rows = list(islice(module._bench_denoiser(away, META), 2))
    assert [row.items for row in rows] == [1, 8]


def test_a_training_step_runs_on_the_device(monkeypatch):
    """Batches are made on the CPU: each must be moved before the loss sees it."""
    seen = []

    def loss(model, batch):
        seen.extend(part.device.type for part in batch)

    task = Task(torch.nn.Linear(1, 1), lambda _: (torch.zeros(4),), loss)
    run = SimpleNamespace(task=task, model=task.model, update=lambda _: None)
    monkeypatch.setattr(module, "_fresh_task", lambda _: task)
    monkeypatch.setattr(module, "Run", lambda *_: run)
    module._time_training("generator", META)
    assert set(seen) == {"meta"}
