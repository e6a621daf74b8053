"""`python -m app train`: one recipe, or all of them; how long all would take."""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.progress import show_progress
from app.core.errors import BadRequest

if TYPE_CHECKING:
    from app.core.runtime import Runtime
    from app.labs.train_all import Progress

FOR_ONE = ("data", "steps", "seed", "start_from", "save_steps")
"""Options that go with the name of one recipe."""


def train(arguments: argparse.Namespace) -> None:
    """Train one recipe, list them, or train them all."""
    from app.core.runtime import choose_runtime, keep_heap
    from app.labs.train_all import tidy_finished
    from app.labs.training_run import TrainRequest, run_training
    from app.training.recipes import RECIPES

    if arguments.list:
        for name, recipe in RECIPES.items():
            print(f"{name:12} {recipe.kind:9} {recipe.train.steps:6} steps  {recipe.about}")
        return
    if arguments.all:
        train_all(arguments)
        return
    if arguments.smoke or arguments.estimate is not None:
        raise BadRequest("--smoke and --estimate go with --all.", hint="For a short training of one, use --steps.")
    if arguments.recipe is None or arguments.out is None:
        raise BadRequest("train needs a recipe and --out DIR.", hint="See the recipes with: python -m app train --list")
    request = TrainRequest(
        recipe=arguments.recipe,
        out=arguments.out,
        data=arguments.data,
        steps=arguments.steps,
        seed=arguments.seed,
        resume=arguments.resume,
        checkpoints=arguments.checkpoints,
        save_steps=arguments.save_steps,
        start_from=arguments.start_from,
    )
    tidy_finished(request)
    keep_heap()
    runtime = choose_runtime()
    first_process = os.environ.get("RANK", "0") == "0"  # accelerate launch numbers its processes
    for number, report in enumerate(run_training(request, runtime)):
        if first_process and number == 0:
            print(f"Training {request.recipe} on {runtime.describe()}", file=sys.stderr)
        if first_process:
            show_progress(report)
    if first_process:
        print(f"\nFinished: {request.out}", file=sys.stderr)


def train_all(arguments: argparse.Namespace) -> None:
    """Train what is not finished and print the seconds of each recipe, or estimate them."""
    from app.core.files import check_writable
    from app.core.runtime import choose_runtime, keep_heap
    from app.labs import train_all as lab

    _refuse_what_all_ignores(arguments)
    keep_heap()
    runtime, out = choose_runtime(), arguments.out or arguments.checkpoints
    if arguments.estimate is not None:
        print_estimates(arguments.estimate, out, runtime)
        return
    if arguments.smoke and arguments.out is None:
        out = Path(tempfile.mkdtemp(prefix="latent-lab-smoke-"))
    check_writable(out)
    progress = lab.train_all(out, runtime, smoke=arguments.smoke)
    print(f"Training into {out} on {runtime.describe()}", file=sys.stderr)
    show_training(progress)


def _refuse_what_all_ignores(arguments: argparse.Namespace) -> None:
    if arguments.recipe or any(getattr(arguments, name) is not None for name in FOR_ONE):
        raise BadRequest(
            "--all trains every recipe as it stands in the table, into one folder, and saves each minute.",
            hint="Give no recipe, --data, --steps, --seed, --start-from or --save-steps.",
        )
    if arguments.smoke and arguments.estimate is not None:
        raise BadRequest(
            "--smoke and --estimate do not go together: one keeps a few steps of each recipe, the other nothing.",
            hint="Leave one of them out.",
        )


def show_training(progress: Iterator["Progress"]) -> None:
    """Draw the steps of each recipe; print its seconds as it ends, and those of all, interrupted or not."""
    seconds: dict[str, float] = {}
    at = None
    try:
        for at in progress:
            seconds[at.recipe] = at.seconds
            show_recipe(at)
    finally:
        if at and not at.card:
            print(f"{at.recipe:16} {at.seconds:9.1f} s, not finished")
        print(f"{'all':16} {sum(seconds.values()):9.1f} s")


def show_recipe(at: "Progress") -> None:
    """Draw or print where one recipe is: its beginning, with why what is there is replaced, a step, or its end."""
    if at.report:
        show_progress(at.report)
    elif at.card:
        if sys.stderr.isatty() and not at.before:
            print(file=sys.stderr)  # the bar stays on its line
        print(f"{at.recipe:16} {at.seconds:9.1f} s{', finished before' if at.before else ''}", flush=True)
    elif at.discards:
        print(f"{at.number}/{at.of} {at.recipe}: begun anew. {at.discards}", file=sys.stderr)
    else:
        why = f": trained anew, as the one that is there differs in {', '.join(at.replaces)}" if at.replaces else ""
        print(f"{at.number}/{at.of} {at.recipe}{why}", file=sys.stderr)


def print_estimates(seconds: float, out: Path, runtime: "Runtime") -> None:
    """Print how long each recipe would train here, and all of them together, but for those that `out` holds."""
    from app.labs.train_estimate import estimate_all

    total = 0.0
    print(f"Estimated on {runtime.describe()}\n{'':16} {'steps':>6} {'samples/s':>10} {'s in all':>9}")
    for each in estimate_all(runtime, seconds, out):
        total += each.seconds
        figures = "  finished before" if each.finished else f" {each.samples_per_second:10.1f} {each.seconds:9.0f}"
        print(f"{each.recipe:16} {each.steps:6}{figures}", flush=True)
    print(f"{'all':16} {'':6} {'':10} {total:9.0f}, {total / 3600:.1f} hours")
