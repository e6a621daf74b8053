"""Training as a user runs it: killed in the middle, and on two processes."""

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

ROOT = Path(__file__).parents[2]
STEPS = 24
LAUNCH = ["-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1"]
LAUNCH += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
"""Two processes on the CPU: with --cpu in place of --multi_gpu, accelerate starts one, and leaves more to mpirun."""


def command(out: Path, *extra: str) -> list[str]:
    return ["-m", "app", "train", "digits", "--out", str(out), "--steps", str(STEPS), "--save-steps", "1", *extra]


def environment() -> dict[str, str]:
    return os.environ | {"OMP_NUM_THREADS": "1", "LATENT_LAB_DEVICE": "cpu", "LATENT_LAB_DTYPE": "float32"}


def run(arguments: list[str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def steps_logged(out: Path) -> list[list[str]]:
    log = out / "training" / "log.csv"
    return list(csv.reader(log.read_text().splitlines())) if log.exists() else []


def losses(out: Path) -> list[float]:
    return [float(row[1]) for row in steps_logged(out)]


def saved_step(out: Path) -> int:
    """The step of the state on disk, 0 if there is none."""
    state = out / "training" / "state.safetensors"
    if not state.exists():
        return 0
    with safe_open(state, framework="np") as file:
        return int(file.metadata()["step"])


def kill_after(out: Path, step: int) -> None:
    """Start or resume a training, and SIGKILL it in the middle, as soon as its log has gone past `step`."""
    resume = ["--resume"] if (out / "training" / "state.safetensors").exists() else []
    process = subprocess.Popen(
        [sys.executable, *command(out, *resume)], cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not (steps_logged(out) and int(steps_logged(out)[-1][0]) > step):
        assert process.poll() is None, "the training ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert step - 1 <= saved_step(out) < STEPS, "the training was not killed in the middle"


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("unbroken") / "digits"
    run(command(out))
    return out


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Path:
    """A training that was killed just after it had begun: a test goes on with a copy."""
    out = tmp_path_factory.mktemp("killed") / "digits"
    kill_after(out, 2)
    return out


@pytest.mark.slow
def test_killed_three_times_it_still_ends_in_the_same_weights(tmp_path, killed, unbroken):
    out = shutil.copytree(killed, tmp_path / "digits")
    for step in (7, 12):
        kill_after(out, step)
    run(command(out, "--resume"))
    broken, whole = load_file(out / "weights.safetensors"), load_file(unbroken / "weights.safetensors")
    assert broken.keys() == whole.keys()
    assert all((broken[name] == whole[name]).all() for name in whole)
    assert not (out / "training" / "state.safetensors").exists()
    assert [int(row[0]) for row in steps_logged(out)] == list(range(1, STEPS + 1))
    assert [float(row[1]) for row in steps_logged(out)] == losses(unbroken)


@pytest.mark.slow
def test_two_processes_give_the_losses_of_one(tmp_path, unbroken):
    out = tmp_path / "digits"
    run([*LAUNCH, *command(out)])
    one, two = losses(unbroken), losses(out)
    assert len(two) == STEPS
    assert two == pytest.approx(one, rel=5e-3)


@pytest.mark.slow
def test_a_share_that_is_not_finite_stops_all_processes_with_the_same_error(tmp_path):
    """Were the loss looked at by each process alone, the first one would wait for gradients that never come."""
    run([*LAUNCH, "-m", "tests.training.broken_share", str(tmp_path)])
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(
        ("0", "1"), "Training stopped at step 3: the kl_nats loss is not finite."
    )


@pytest.mark.slow
def test_an_unfinished_training_is_not_overwritten_by_accident(tmp_path, killed):
    out = shutil.copytree(killed, tmp_path / "digits")
    again = subprocess.run(
        [sys.executable, *command(out)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert again.returncode == 2
    assert "--resume" in again.stderr
    assert "Traceback" not in again.stderr
    assert saved_step(out) == saved_step(killed)
