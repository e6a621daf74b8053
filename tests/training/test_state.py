"""Resuming: the same weights as an unbroken run, wherever it was broken; and files that do not fit are refused."""

import pytest
import torch

from app.core.errors import BadCheckpoint
from app.training.loop import train
from app.training.state import check_state, load_state, save_state
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


def test_a_state_of_another_network_is_refused(tmp_path):
    run = small_run()
    save_state(run, tmp_path / "state.safetensors", "here")  # no moments yet: nothing that could be resumed
    with pytest.raises(BadCheckpoint, match="another network"):
        load_state(small_run(), tmp_path / "state.safetensors")


def test_a_torn_file_is_refused(tmp_path):
    run = small_run()
    next(train(run))
    path = tmp_path / "state.safetensors"
    save_state(run, path, "here")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadCheckpoint, match="cannot be read"):
        load_state(small_run(), path)
