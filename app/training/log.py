"""The log of a training: one line a step, readable while it runs, without lines of steps that a kill undid."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from app.training.loop import StepReport


@contextmanager
def open_log(path: Path, done: int) -> Iterator[TextIO]:
    """Open the log to go on after step `done`, dropping the lines of later steps; written line by line."""
    kept = []
    if path.exists():
        kept = [line for line in path.read_text().splitlines() if line and int(line.split(",")[0]) <= done]
    path.write_text("".join(f"{line}\n" for line in kept))
    with open(path, "a", newline="", buffering=1) as log:
        yield log


def write_row(log: TextIO, report: StepReport) -> None:
    """Write step, loss, gradient norm, learning rate, samples a second, seconds, and each part as name=value."""
    row = [report.step, f"{report.loss:.6g}", f"{report.gradient_norm:.4g}", f"{report.learning_rate:.4g}"]
    row += [f"{report.samples_per_second:.1f}", f"{report.seconds:.1f}"]
    csv.writer(log, lineterminator="\n").writerow(row + [f"{name}={value:.6g}" for name, value in report.parts.items()])
