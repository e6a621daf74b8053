"""`python -m app evaluate --all`: measure every model, then write the report and a sheet of generated pictures.

`--report` does the last alone, from the cards as they are; `--costs` times all models in one run and leaves the rest.
"""

import sys
import time
from pathlib import Path

from app.core.errors import LabError
from app.core.files import write_atomically, write_text, writing_to
from app.core.runtime import choose_runtime
from app.data.scenes import Scenes
from app.evaluation.claims import CLAIMS
from app.evaluation.claims.record import CLAIMS_FILE, Verdicts, read_records, settled
from app.evaluation.evaluate import evaluate_model, measure_cost_again
from app.evaluation.generation import draw_captions
from app.evaluation.report import Section, report_text
from app.evaluation.report_tables import TABLES
from app.evaluation.report_targets import Targets
from app.evaluation.sampling import SamplingOptions
from app.figures.samples import caption_list, picture_grid
from app.store.catalogue import open_catalogue
from app.training.recipes import RECIPES

REPORT, GRID, REMEDIES = "REPORT.md", "generated.png", "REMEDIES.md"
GRID_COUNT = 64


def evaluate_all(root: Path, count: int) -> None:
    """Measure the models one after another, telling the time of each; one that fails does not stop the rest."""
    catalogue = open_catalogue(root, choose_runtime())
    for name in catalogue.cards:
        begun = time.monotonic()
        try:
            evaluate_model(catalogue, name, count)
        except LabError as error:
            print(f"{name:16} not measured: {error}", file=sys.stderr)
            continue
        print(f"{name:16} {time.monotonic() - begun:8.1f} s", file=sys.stderr)
    for name in [*catalogue.broken, *(name for name in RECIPES if name not in catalogue.cards | catalogue.broken)]:
        reason = str(catalogue.broken.get(name, "it is not here; its recipe is in python -m app train --list."))
        print(f"{name:16} not measured: {reason}", file=sys.stderr)
    report_alone(root)


def report_alone(root: Path) -> None:
    """Draw the sheet and write the report without measuring anything."""
    draw_grid(root)
    print(write_report(root))


def measure_costs(root: Path) -> None:
    """Time the calls of every model, one after another, and write them to the cards."""
    catalogue = open_catalogue(root, choose_runtime())
    for name in catalogue.cards:
        try:
            figures = measure_cost_again(catalogue, name)
        except LabError as error:
            print(f"{name:16} not measured: {error}", file=sys.stderr)
            continue
        times = (f"{key.removesuffix('_ms')} {value:8.2f} ms" for key, value in figures.items() if key.endswith("_ms"))
        print(f"{name:16} {'   '.join(times)}")


def write_report(root: Path) -> Path:
    """Write REPORT.md from what is there now: cards, verdicts, remedies, sheet of pictures; returns its path.

    REMEDIES.md is written by hand: what was tried where a target was missed, and what each gave.
    """
    catalogue = open_catalogue(root, choose_runtime())
    records = read_records(root / CLAIMS_FILE)
    sections: list[Section] = [Targets((len(CLAIMS), settled(records, catalogue.cards))), *TABLES]
    if records:
        sections.append(Verdicts(tuple(records)))
    machine = f"Machine of this report: {catalogue.runtime.describe()}."
    with writing_to(root / REPORT):
        parts = [report_text(catalogue.cards, sections, machine)]
        if (root / REMEDIES).is_file():
            parts.append((root / REMEDIES).read_text(encoding="utf-8").rstrip() + "\n")
        if (root / GRID).is_file():
            parts.append(_look_at_grid())
        write_text(root / REPORT, "\n".join(parts))
    return root / REPORT


def draw_grid(root: Path) -> None:
    """Draw the first held-out captions, none chosen by hand, as one sheet, if there is a main generator."""
    catalogue = open_catalogue(root, choose_runtime())
    if "generator" not in catalogue.names("denoiser"):
        return
    pictures = draw_captions(
        catalogue.denoiser("generator"), _captions(), list(range(GRID_COUNT)), SamplingOptions(), catalogue.runtime
    )
    grid = picture_grid(pictures)
    with writing_to(root / GRID):
        write_atomically(root / GRID, lambda part: grid.save(part, format="PNG"))


def _captions() -> list[str]:
    return Scenes(split="test").captions(range(GRID_COUNT))


def _look_at_grid() -> str:
    return (
        f"## Look at them\n\nThe first {GRID_COUNT} held-out captions, seeds 0 to {GRID_COUNT - 1}, none left out.\n\n"
        f"![{GRID_COUNT} generated pictures]({GRID})\n\n{caption_list(_captions())}\n"
    )
