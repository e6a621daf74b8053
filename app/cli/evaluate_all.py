"""`python -m app evaluate --all`: measure every model, then write the report and a sheet of generated pictures."""

import sys
import time
from pathlib import Path

from app.core.errors import LabError
from app.core.files import write_atomically, write_text, writing_to
from app.core.runtime import choose_runtime
from app.data.scenes import Scenes
from app.evaluation.evaluate import evaluate_model
from app.evaluation.generation import draw_captions
from app.evaluation.report import report_text
from app.evaluation.report_tables import TABLES
from app.evaluation.sampling import SamplingOptions
from app.figures.samples import caption_list, picture_grid
from app.store.catalogue import Catalogue, open_catalogue
from app.training.recipes import RECIPES

REPORT, GRID = "REPORT.md", "generated.png"
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
    print(write_report(root))


def write_report(root: Path) -> Path:
    """Write REPORT.md from the cards as they are now, and the sheet of pictures; returns the report's path."""
    catalogue = open_catalogue(root, choose_runtime())
    text = report_text(catalogue.cards, TABLES, f"Machine of this report: {catalogue.runtime.describe()}.")
    with writing_to(root / REPORT):
        if "generator" in catalogue.names("denoiser"):
            text += "\n" + _add_grid(catalogue, root)
        write_text(root / REPORT, text)
    return root / REPORT


def _add_grid(catalogue: Catalogue, root: Path) -> str:
    """Draw the first held-out captions, none chosen by hand; returns the section of the report that shows them."""
    captions = Scenes(split="test").captions(range(GRID_COUNT))
    pictures = draw_captions(
        catalogue.denoiser("generator"), captions, list(range(GRID_COUNT)), SamplingOptions(), catalogue.runtime
    )
    grid = picture_grid(pictures)
    write_atomically(root / GRID, lambda part: grid.save(part, format="PNG"))
    return (
        f"## Look at them\n\nThe first {GRID_COUNT} held-out captions, seeds 0 to {GRID_COUNT - 1}, none left out.\n\n"
        f"![{GRID_COUNT} generated pictures]({GRID})\n\n{caption_list(captions)}\n"
    )
