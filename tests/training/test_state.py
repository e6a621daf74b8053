"""Resuming: the same weights as an unbroken run, wherever it was broken; and files that do not fit are refused."""

import pytest
import torch

from app.core.errors import BadCheckpoint
from app.training.loop import Run, train
from app.training.state import UselessState, check_state, load_state, save_state
from tests.training.small import ROUNDED, RUNTIME, small_run


@pytest.mark.parametrize("runtime", [RUNTIME, ROUNDED], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("broken_at", [1, 5, 11])
def test_a_resumed_run_ends_in_the_same_weights(tmp_path, broken_at, runtime):
    whole = small_run(runtime)
    list(train(whole))
    first = small_run(runtime)
    for report in train(first):
        if report.step == broken_at:
            break
    save_state(first, tmp_path / "state.safetensors", "here")
    second = small_run(runtime)
    load_state(second, tmp_path / "state.safetensors")
    list(train(second))
    for name in ("weights", "average"):
        assert all(torch.equal(a, b) for a, b in zip(getattr(whole, name), getattr(second, name), strict=True))


def test_a_state_of_other_settings_is_refused(tmp_path):
    run = small_run()
    next(train(run))
    save_state(run, tmp_path / "state.safetensors", "here")
    check_state(tmp_path / "state.safetensors", "here")
    with pytest.raises(BadCheckpoint, match="other settings"):
        check_state(tmp_path / "state.safetensors", "there")


@pytest.mark.parametrize("c", [1, 3])
def test_a_state_of_another_network_is_refused(tmp_path, c):
    save_state(small_run(), tmp_path / "state.safetensors", "here")
    with pytest.raises(UselessState, match="another network"):
        load_state(small_run(c=c), tmp_path / "state.safetensors")


def test_a_weight_that_never_had_a_gradient_can_be_resumed(tmp_path):
    """A part of a network that no loss reaches: the optimiser remembers nothing of it."""

    def with_idle_weights():
        run = small_run()
        run.task.model.register_parameter("idle", torch.nn.Parameter(torch.ones(20, 20)))
        run.task.model.register_parameter("idle_bias", torch.nn.Parameter(torch.ones(3)))
        return Run(run.task, run.config, run.runtime)

    whole, first, second = (with_idle_weights() for _ in range(3))
    list(train(whole))
    for report in train(first):
        if report.step == 5:
            break
    save_state(first, tmp_path / "state.safetensors", "here")
    load_state(second, tmp_path / "state.safetensors")
    list(train(second))
    assert all(torch.equal(a, b) for a, b in zip(whole.weights, second.weights, strict=True))


def test_a_state_that_the_disk_does_not_give_is_not_called_useless(tmp_path):
    """It may be whole: nobody should throw it away for that."""
    with pytest.raises(BadCheckpoint, match="cannot be read") as caught:
        check_state(tmp_path, "here")
    assert not isinstance(caught.value, UselessState)


def test_a_torn_file_is_refused(tmp_path):
    run = small_run()
    next(train(run))
    path = tmp_path / "state.safetensors"
    save_state(run, path, "here")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UselessState, match="cannot be read"):
        load_state(small_run(), path)
