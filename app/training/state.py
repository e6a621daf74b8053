"""The state of an unfinished training, on disk as one safetensors file: nothing is ever unpickled.

A resumed run goes on to the same weights as an unbroken one: the file holds master weights, average, optimiser
moments and the step; batches depend on the step alone.
"""

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from app.core.errors import BadCheckpoint
from app.core.files import write_atomically, writing_to
from app.training.denoiser_task import Examples
from app.training.log import open_log, write_row
from app.training.loop import Run, StepReport

STATE, EXAMPLES, LOG = "state.safetensors", "examples.safetensors", "log.csv"
"""What the folder of an unfinished training holds; a denoiser alone keeps examples."""


class UselessState(BadCheckpoint):
    """No training of this origin can take the state up: it is of another one, of another network, or damaged."""


@contextmanager
def saving_to(path: Path) -> Iterator[None]:
    """As `writing_to`, also where safetensors writes, which has an error of its own for a full disk."""
    with writing_to(path):
        try:
            yield
        except SafetensorError as error:
            raise OSError(errno.EIO, str(error)) from error


def save_state(run: Run, path: Path, origin: str) -> None:
    """Write the run's state atomically: a kill leaves the old file or the new one; BadRequest if it cannot be written.

    origin: a text that says what is being trained and how; only a run of the same origin may take the state up.
    """
    seconds = {"seconds": str(run.seconds), "wall_seconds": str(run.wall_seconds)}
    metadata = {"step": str(run.step), "origin": origin} | seconds
    with saving_to(path):
        write_atomically(path, lambda part: save_file(_tensors_of(run), part, metadata=metadata))


def check_state(path: Path, origin: str) -> None:
    """Raise UselessState if the file is damaged or was written by a training of another origin.

    Raises BadCheckpoint if the disk does not give it.
    """
    if _open(path)[0].get("origin") != origin:
        raise UselessState(
            f"{path} was written by a training with other settings, data or weights to begin with.",
            hint=f"Resume with what it was started with, delete {path.parent}, or use another --out.",
        )


def load_state(run: Run, path: Path) -> None:
    """Put a saved state into a run of the same origin; raises UselessState if it does not fit."""
    metadata, tensors = _open(path)
    try:
        _put(run, tensors)
        run.step, run.seconds = int(metadata["step"]), float(metadata["seconds"])
        run.earlier_seconds = float(metadata.get("wall_seconds", run.seconds))  # older files have the steps' alone
    except (KeyError, RuntimeError) as error:
        raise UselessState(
            f"The state in {path} is of another network.", hint=f"Delete {path.parent}, or use another --out."
        ) from error


def discard_unfinished(folder: Path) -> None:
    """Remove what an unfinished training would be taken up from; the log stays."""
    for name in (STATE, EXAMPLES):
        with writing_to(folder / name):
            (folder / name).unlink(missing_ok=True)


def keeping(
    reports: Iterator[StepReport], run: Run, folder: Path, origin: str, seconds: float, steps: int | None
) -> Iterator[StepReport]:
    """Log the reports and pass them on, saving the state every `seconds`, or every `steps` if a number is given.

    It is saved too when the caller stops or the training fails. Raises BadRequest for what cannot be written.
    """
    saved = time.monotonic()
    try:
        with _log_at(folder / LOG, run.step) as log:
            for report in reports:
                with writing_to(folder / LOG):
                    write_row(log, report)
                due = time.monotonic() - saved > seconds
                if run.step % steps == 0 if steps else due:
                    save_state(run, folder / STATE, origin)
                    saved = time.monotonic()
                yield report
    finally:
        if run.step > 0 and run.whole:  # a half-done or broken update is not saved: the last good state stays
            save_state(run, folder / STATE, origin)


@contextmanager
def _log_at(path: Path, done: int) -> Iterator[TextIO]:
    """Open the log, so that the disk's errors at its opening and closing are told as all others are."""
    opened = ExitStack()
    with writing_to(path):
        log = opened.enter_context(open_log(path, done))
    try:
        yield log
    finally:
        with writing_to(path):
            opened.close()


def kept_examples(path: Path, origin: str, collect: Callable[[], Examples]) -> Examples:
    """Return the examples that an earlier session of the same training encoded, or encode them now and keep them.

    A file that is of another origin, or cannot be read, is replaced. The generator's are 84 MB.
    """
    try:
        check_state(path, origin)
        return Examples(**_open(path)[1])
    except (BadCheckpoint, TypeError):
        examples = collect()
        with saving_to(path):
            write_atomically(path, lambda part: save_file(examples._asdict(), part, metadata={"origin": origin}))
        return examples


def _open(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        hint = f"Delete {path.parent} and train anew."
        raise UselessState(f"{path} cannot be read: it is damaged.", hint=hint) from error
    except OSError as error:
        raise BadCheckpoint(f"{path} cannot be read: {error}.", hint="Check who may read it.") from error


def _tensors_of(run: Run) -> dict[str, Tensor]:
    tensors = {}
    for index, (master, average) in enumerate(zip(run.master, run.average, strict=True)):
        tensors[f"master.{index}"] = master.detach().clone(memory_format=torch.contiguous_format)
        tensors[f"average.{index}"] = average.clone(memory_format=torch.contiguous_format)
        for key, value in run.moments(master).items():
            tensors[f"optimiser.{index}.{key}"] = value.clone(memory_format=torch.contiguous_format)
    return tensors


@torch.no_grad()
def _put(run: Run, tensors: dict[str, Tensor]) -> None:
    moments: dict[str, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        group, number, *key = name.split(".", 2)
        if group == "optimiser":
            moments.setdefault(number, {})[key[0]] = value
    for index, (weight, master, average) in enumerate(zip(run.weights, run.master, run.average, strict=True)):
        master.copy_(tensors[f"master.{index}"])
        average.copy_(tensors[f"average.{index}"])
        weight.copy_(master)
        remembered = moments.get(str(index), {})  # none of a weight that never had a gradient
        run.moments(master).update({key: _like(value, master) for key, value in remembered.items()})


def _like(value: Tensor, master: Tensor) -> Tensor:
    """Give an optimiser moment the device and memory layout of its weight; the step count stays where it is."""
    return value if value.dim() == 0 else torch.empty_like(master).copy_(value)
