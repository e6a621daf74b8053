"""The training loop: it learns, its reports are true, and a broken loss changes nothing."""

import dataclasses

import pytest
import torch

from app.core.errors import TrainingFailed
from app.training.config import TrainConfig
from app.training.loop import train
from app.training.task import Loss, items_of_step, share_of
from tests.training.small import CONFIG, ROUNDED, RUNTIME, small_run


def test_the_loss_falls_and_the_reports_count_every_step():
    reports = list(train(small_run(steps=40)))
    assert [report.step for report in reports] == list(range(1, 41))
    assert reports[-1].loss < 0.5 * reports[0].loss
    assert reports[0].learning_rate == pytest.approx(CONFIG.learning_rate / CONFIG.warmup_steps)


def test_a_report_comes_after_its_update():
    run = small_run()
    before = [weight.clone() for weight in run.weights]
    next(train(run))
    assert run.step == 1
    assert any(not torch.equal(old, new) for old, new in zip(before, run.weights, strict=True))


def test_the_total_is_the_weighted_sum_of_its_parts():
    report = next(train(small_run()))
    assert report.loss == pytest.approx(report.parts["reconstruction"] + 1e-4 * report.parts["kl_nats"], rel=1e-5)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_loss_that_is_not_finite_is_named_and_changes_nothing(value):
    run = small_run()
    list(zip(range(2), train(run), strict=False))
    before = [weight.clone() for weight in run.weights]
    good = run.task.loss

    def broken(model, batch):
        loss = good(model, batch)
        bad = loss.parts["kl_nats"] * value
        return Loss(loss.total + bad, {**loss.parts, "kl_nats": bad})

    run.task = dataclasses.replace(run.task, loss=broken)
    with pytest.raises(TrainingFailed, match="step 3: the kl_nats loss is not finite"):
        next(train(run))
    assert run.step == 2
    assert all(torch.equal(old, new) for old, new in zip(before, run.weights, strict=True))


def test_a_gradient_that_is_not_finite_stops_before_the_update():
    run = small_run()
    before = [weight.clone() for weight in run.weights]
    root = run.weights[0]
    run.task = dataclasses.replace(run.task, loss=lambda *_: Loss((root.sum() - root.sum().detach()).sqrt(), {}))
    with pytest.raises(TrainingFailed, match="gradient"):
        next(train(run))
    assert all(torch.equal(old, new) for old, new in zip(before, run.weights, strict=True))


@pytest.mark.parametrize("runtime", [RUNTIME, ROUNDED], ids=["float32", "bfloat16"])
def test_an_update_that_breaks_a_weight_stops_at_its_own_step(runtime, monkeypatch):
    """Loss and gradient were finite; the run says that it is not whole, so that nobody saves it."""
    run = small_run(runtime)
    next(train(run))
    step = run.optimisers[0].step

    def breaking():
        step()
        run.master[-1].data[0] = float("nan")

    monkeypatch.setattr(run.optimisers[0], "step", breaking)
    with pytest.raises(TrainingFailed, match="step 2: its update made the weights not finite"):
        next(train(run))
    assert not run.whole


def test_the_average_follows_the_published_formula():
    """average = decay * average + (1 - decay) * weights after every step, from the initial weights."""
    run = small_run(steps=5)
    expected = [weight.detach().clone() for weight in run.weights]
    for report in train(run):
        decay = run.config.ema_decay_at(report.step)
        expected = [decay * old + (1 - decay) * new.detach() for old, new in zip(expected, run.weights, strict=True)]
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(expected, run.average, strict=True))


def test_bfloat16_trains_with_a_float32_master():
    """Rounded weights follow the master; updates far below bfloat16's resolution still add up in it."""
    run = small_run(ROUNDED, steps=30)
    reports = list(train(run))
    assert run.weights[0].dtype == torch.bfloat16
    assert run.master[0].dtype == torch.float32
    assert all(torch.equal(w, m.bfloat16()) for w, m in zip(run.weights, run.master, strict=True))
    assert reports[-1].loss < 0.6 * reports[0].loss


def test_half_of_the_average_is_new_after_its_half_life():
    config = TrainConfig(steps=10, ema_half_life_steps=50)
    assert config.ema_decay_at(10_000) ** 50 == pytest.approx(0.5)
    assert config.ema_decay_at(1) < 0.2  # the random start is soon forgotten


@pytest.mark.parametrize("moment", ["step", "_follow"])
def test_a_stop_in_the_middle_of_an_update_is_known(monkeypatch, moment):
    """Ctrl-C while weights change: the run says that it is not whole, so that nobody saves it."""
    run = small_run()
    next(train(run))

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(run.optimisers[0] if moment == "step" else run, moment, stop)
    with pytest.raises(KeyboardInterrupt):
        next(train(run))
    assert not run.whole


def test_learning_rate_rises_then_falls_to_its_floor():
    config = TrainConfig(steps=100, learning_rate=1.0, warmup_steps=10, final_rate=0.1)
    assert config.rate_at(5) == pytest.approx(0.5)
    assert config.rate_at(10) == pytest.approx(1.0)
    assert config.rate_at(55) == pytest.approx(0.55)
    assert config.rate_at(100) == pytest.approx(0.1)


def test_every_item_comes_once_an_epoch_in_a_new_order():
    epochs = [
        [i for step in steps for i in items_of_step(step, 5, 20, seed=3)] for steps in ((1, 2, 3, 4), (5, 6, 7, 8))
    ]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(20))
    assert epochs[0] != epochs[1]


def test_shares_of_two_processes_make_the_whole_batch():
    batch = small_run().task.batch_at(1)
    first, second = (share_of(batch, rank, 2, torch.device("cpu")) for rank in (0, 1))
    assert type(first) is type(batch)
    rebuilt = torch.stack([first.pictures, second.pictures], dim=1).flatten(0, 1)
    assert torch.equal(rebuilt, batch.pictures)
