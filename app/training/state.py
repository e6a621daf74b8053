"""The state of an unfinished training, on disk as one safetensors file: nothing is ever unpickled.

A resumed run goes on to the same weights as an unbroken one: the file holds master weights, average, optimiser
moments and the step; batches depend on the step alone.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from app.core.errors import BadCheckpoint
from app.core.files import write_atomically
from app.training.denoiser_task import Examples
from app.training.loop import Run


def save_state(run: Run, path: Path, origin: str) -> None:
    """Write the run's state atomically: a kill leaves the old file or the new one.

    origin: a text that says what is being trained and how; only a run of the same origin may take the state up.
    """
    metadata = {"step": str(run.step), "seconds": str(run.seconds), "origin": origin}
    write_atomically(path, lambda part: save_file(_tensors_of(run), part, metadata=metadata))


def check_state(path: Path, origin: str) -> None:
    """Raise BadCheckpoint if the file cannot be read or was written by a training of another origin."""
    if _open(path)[0].get("origin") != origin:
        raise BadCheckpoint(
            f"{path} was written by a training with other settings, data or weights to begin with.",
            hint=f"Resume with what it was started with, delete {path.parent}, or use another --out.",
        )


def load_state(run: Run, path: Path) -> None:
    """Put a saved state into a run of the same origin; raises BadCheckpoint if it does not fit."""
    metadata, tensors = _open(path)
    try:
        _put(run, tensors)
        run.step, run.seconds = int(metadata["step"]), float(metadata["seconds"])
    except (KeyError, RuntimeError) as error:
        raise BadCheckpoint(
            f"The state in {path} is of another network.", hint=f"Delete {path.parent}, or use another --out."
        ) from error


def kept_examples(path: Path, origin: str, collect: Callable[[], Examples]) -> Examples:
    """Return the examples that an earlier session of the same training encoded, or encode them now and keep them.

    A file that is of another origin, or cannot be read, is replaced. The generator's are 84 MB.
    """
    try:
        check_state(path, origin)
        return Examples(**_open(path)[1])
    except (BadCheckpoint, TypeError):
        examples = collect()
        write_atomically(path, lambda part: save_file(examples._asdict(), part, metadata={"origin": origin}))
        return examples


def _open(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise BadCheckpoint(f"{path} cannot be read.", hint=f"Delete {path.parent} and train anew.") from error


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
        run.moments(master).update({key: _like(value, master) for key, value in moments[str(index)].items()})


def _like(value: Tensor, master: Tensor) -> Tensor:
    """Give an optimiser moment the device and memory layout of its weight; the step count stays where it is."""
    return value if value.dim() == 0 else torch.empty_like(master).copy_(value)
