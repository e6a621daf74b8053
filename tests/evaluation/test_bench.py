"""Timing: what is warmed up, what is waited for, and that everything goes to the device."""

from functools import partial
from importlib.util import find_spec
from itertools import islice
from types import SimpleNamespace

import pytest
import torch

from app.cli.bench_command import line_of
from app.core.runtime import Runtime
from app.evaluation import bench as module
from app.evaluation import bench_peer
from app.evaluation.cost import Timing, time_by_turns, time_call
from app.models import MODELS
from app.models.build import count_parameters, outline
from app.store.catalogue import LoadedDenoiser, open_catalogue
from app.training.recipes import RECIPES
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


def test_a_guided_step_runs_on_the_device(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "time_by_turns", lambda calls, **_: time_by_turns(calls, repeats=1))
    model = open_catalogue(make_zoo(tmp_path), RUNTIME).denoiser("generator")
    away = LoadedDenoiser(model.network.to("meta"), model.card, None)
    rows = list(islice(module._bench_denoiser(away, META, None), 3))
    assert [row.items for row in rows] == [1, 2, 4]


def test_a_peer_is_timed_by_turns_with_ours(monkeypatch):
    calls = []
    ours, theirs = time_by_turns([lambda: calls.append("ours"), lambda: calls.append("theirs")], repeats=3)
    assert calls[-6:] == ["ours", "theirs"] * 3
    assert calls[:-6] == ["ours", "theirs"] * 2  # counting is the first warm-up
    assert ours.repeats == theirs.repeats == 3


def test_the_ratio_is_the_peers_time_over_ours():
    assert module.Row("x", 4, Timing(0.5, 0, 1), Timing(1.0, 0, 1)).times_faster == 2
    assert module.Row("x", 4, Timing(0.5, 0, 1)).times_faster is None


@pytest.mark.parametrize(
    ("operations", "peer", "ends"), [(10, None, "50%"), (10, 1.0, "1000.00   2.00"), (0, None, "8.0")]
)
def test_a_line_says_the_share_of_the_peak_and_the_ratio_to_the_peer(operations, peer, ends):
    row = module.Row("x", 4, Timing(0.5, operations, 1), peer and Timing(peer, 0, 1))
    assert line_of(row, peak=40.0).endswith(ends)


def test_without_the_library_there_is_no_peer(monkeypatch):
    monkeypatch.setattr(bench_peer, "find_spec", lambda _: None)
    assert bench_peer.load_peer(RUNTIME) is None


def test_the_peers_captions_are_drawn_once_a_batch_size_and_never_while_it_is_timed(monkeypatch):
    drawn, seen = [], []
    draw = bench_peer.normal
    monkeypatch.setattr(bench_peer, "normal", lambda shape, generator: drawn.append(shape[0]) or draw(shape, generator))
    bench_peer._words.cache_clear()

    def denoiser(x, t, encoder_hidden_states):
        seen.append(encoder_hidden_states)
        return SimpleNamespace(sample=x)

    peer = bench_peer.Peer(None, denoiser, None)
    calls = [partial(peer.predict, torch.zeros(count, 4, 16, 16), torch.tensor(5)) for count in (2, 4)]
    time_by_turns(calls, repeats=3)
    assert drawn == [2, 4]
    assert [len(words) for words in seen] == [2, 4] * 5
    assert torch.equal(seen[0], seen[-2])


@pytest.mark.skipif(find_spec("diffusers") is None, reason="the optional library diffusers is not installed")
@pytest.mark.filterwarnings("ignore")  # the library's, at its import
def test_the_peer_has_the_size_and_the_shapes_of_ours():
    peer = bench_peer.load_peer(RUNTIME)
    sizes = {"f4c4": count_parameters(peer.vae), "generator": count_parameters(peer.denoiser)}
    for name, theirs in sizes.items():
        ours = count_parameters(outline(MODELS[RECIPES[name].kind].network, RECIPES[name].model))
        assert theirs == pytest.approx(ours, rel=0.1)
    with torch.inference_mode():
        assert peer.encode(torch.zeros(1, 3, 64, 64)).shape == (1, 4, 16, 16)
        assert peer.draw(torch.zeros(1, 4, 16, 16), 2).shape == (1, 3, 64, 64)


def test_vaes_are_timed_on_detail_crops_as_their_recipe_trains_them():
    task = module._fresh_task("f8c4")
    recipe = RECIPES["f8c4"]
    assert task.batch_at(1).pictures.shape[-1] == recipe.crop < recipe.side


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
