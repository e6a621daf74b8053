"""The state of an unfinished training, on disk as one safetensors file: nothing is ever unpickled.

A resumed run goes on to the same weights as an unbroken one: the file holds master weights, average, optimiser
moments and the step; batches depend on the step alone.
"""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from app.core.errors import BadCheckpoint
from app.core.files import write_atomically
from app.training.loop import Run


def save_state(run: Run, path: Path) -> None:
    """Write the run's state atomically: a kill leaves the old file or the new one."""
    metadata = {"step": str(run.step), "seconds": str(run.seconds), "config": json.dumps(asdict(run.config))}
    write_atomically(path, lambda part: save_file(_tensors_of(run), part, metadata=metadata))


def load_state(run: Run, path: Path) -> None:
    """Put a saved state into a run of the same task and config; raises BadCheckpoint if it does not fit."""
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  safe_open is no dict
    except (OSError, SafetensorError) as error:
        raise BadCheckpoint(f"{path.name} cannot be read.", hint="Start again without --resume.") from error
    if metadata.get("config") != json.dumps(asdict(run.config)):
        raise BadCheckpoint(
            f"{path.name} was written with other training settings.",
            hint="Resume with the settings it was started with, or start again without --resume.",
        )
    _put(run, tensors)
    run.step, run.seconds = int(metadata["step"]), float(metadata["seconds"])


def _tensors_of(run: Run) -> dict[str, Tensor]:
    tensors = {}
    for index, (master, average) in enumerate(zip(run.master, run.average, strict=True)):
        tensors[f"master.{index}"] = master.detach().clone(memory_format=torch.contiguous_format)
        tensors[f"average.{index}"] = average.clone(memory_format=torch.contiguous_format)
        for key, value in run.optimiser.state.get(master, {}).items():
            tensors[f"optimiser.{index}.{key}"] = value.clone(memory_format=torch.contiguous_format)
    return tensors


@torch.no_grad()
def _put(run: Run, tensors: dict[str, Tensor]) -> None:
    for index, (weight, master, average) in enumerate(zip(run.weights, run.master, run.average, strict=True)):
        if f"master.{index}" not in tensors or tensors[f"master.{index}"].shape != master.shape:
            raise BadCheckpoint("The saved state is of another network.", hint="Start again without --resume.")
        master.copy_(tensors[f"master.{index}"])
        average.copy_(tensors[f"average.{index}"])
        weight.copy_(master)
        moments = ("step", "exp_avg", "exp_avg_sq")
        run.optimiser.state[master] = {key: _like(tensors[f"optimiser.{index}.{key}"], master) for key in moments}


def _like(value: Tensor, master: Tensor) -> Tensor:
    """Give an optimiser moment the device and memory layout of its weight; the step count stays where it is."""
    return value if value.dim() == 0 else torch.empty_like(master).copy_(value)
