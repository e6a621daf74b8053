"""What each command does. Each imports what it needs when it runs, so that `--help` and `generate` start quickly."""

import argparse
import json
import os
import runpy
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.progress import show_progress
from app.core.errors import BadRequest, BadUpload

if TYPE_CHECKING:
    from app.labs.encode import EncodeResult
    from app.labs.train_all import Progress

ROOT = Path(__file__).parents[2]


def serve(_: argparse.Namespace) -> None:
    """Start the app as `python app.py` does."""
    runpy.run_path(str(ROOT / "app.py"), run_name="__main__")


def generate(arguments: argparse.Namespace) -> None:
    """Write the PNG of a caption."""
    from app.core.files import check_writable, write_atomically, writing_to
    from app.core.pictures import to_picture
    from app.core.runtime import choose_runtime
    from app.labs import generate as lab
    from app.store.catalogue import open_catalogue

    request = lab.GenerateRequest(
        arguments.caption,
        seed=arguments.seed,
        steps=arguments.steps,
        guidance=arguments.guidance,
        negative=arguments.negative,
        sampler=arguments.sampler,
    )
    _check_png(arguments.out)
    check_writable(arguments.out.parent)
    runtime = choose_runtime()
    model = open_catalogue(arguments.checkpoints, runtime).denoiser(arguments.model)
    picture = to_picture(lab.generate(model, request, runtime).picture[0])
    with writing_to(arguments.out):
        write_atomically(arguments.out, lambda part: picture.save(part, format="PNG"))
    print(f"{arguments.out}: {picture.width} x {picture.height} pixels, seed {request.seed}, {request.steps} steps")


def _check_png(path: Path) -> None:
    if path.suffix.lower() != ".png" or path.is_dir():
        raise BadRequest(f"--out {path} is not the name of a PNG file.", hint="Give one such as star.png.")


def encode(arguments: argparse.Namespace) -> None:
    """Write latents, reconstruction and maps of a picture, and print its numbers."""
    from app.core.files import check_writable, writing_to
    from app.core.runtime import choose_runtime
    from app.data.uploads import OWN_DISK, read_upload
    from app.figures.latents import save_encoding
    from app.labs import encode as lab
    from app.store.catalogue import open_catalogue

    request = lab.EncodeRequest(arguments.vae, side=arguments.side, seed=arguments.seed)
    check_writable(arguments.out)
    picture = read_upload(_bytes_of(arguments.picture, OWN_DISK.file_bytes), limits=OWN_DISK)
    runtime = choose_runtime()
    model = open_catalogue(arguments.checkpoints, runtime).vae(arguments.vae)
    result = lab.encode(model, picture, request, runtime)
    with writing_to(arguments.out):
        save_encoding(result, arguments.out)
    print(json.dumps(result.summary()) if arguments.json else _encoding_text(result, arguments.out))


def _bytes_of(path: Path, most: int) -> bytes:
    """Read a file, one byte more than allowed at most."""
    try:
        with open(path, "rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise BadUpload(f"{path} cannot be read: {error.strerror}.", hint="Check the path.") from error


def _encoding_text(result: "EncodeResult", out: Path) -> str:
    numbers = result.summary()
    kl = "none: a plain autoencoder has no distribution"
    if result.kl_bits is not None:
        kl = f"{numbers['kl_bits']} bits in all, {numbers['kl_bits_per_value']} a value"
    return "\n".join(
        [
            f"latent shape   {' x '.join(map(str, result.z.shape[1:]))}",
            f"numbers        {result.numbers_in} in, {result.numbers_out} out, {numbers['reduction']} times fewer",
            f"KL             {kl}",
            f"PSNR           {numbers['psnr_db']} dB",
            f"SSIM           {'not defined below 3 x 3 pixels' if numbers['ssim'] is None else numbers['ssim']}",
            f"written to     {out}",
        ]
    )


def train(arguments: argparse.Namespace) -> None:
    """Train one recipe, list them, or train them all."""
    from app.core.errors import BadRequest
    from app.core.runtime import choose_runtime, keep_heap
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

    ignored = {"--data": arguments.data, "--steps": arguments.steps, "--seed": arguments.seed}
    given = [name for name, value in (ignored | {"--start-from": arguments.start_from}).items() if value is not None]
    if given or arguments.recipe:
        raise BadRequest(
            "--all trains every recipe as it stands in the table, into one folder.",
            hint="Give no recipe, --data, --steps, --seed or --start-from.",
        )
    keep_heap()
    if arguments.estimate is not None:
        print_estimates(arguments.estimate, arguments.out)
        return
    runtime, out = choose_runtime(), arguments.out or arguments.checkpoints
    if arguments.smoke and arguments.out is None:
        out = Path(tempfile.mkdtemp(prefix="latent-lab-smoke-"))
    check_writable(out)
    progress = lab.train_all(out, runtime, smoke=arguments.smoke)
    print(f"Training into {out} on {runtime.describe()}", file=sys.stderr)
    show_training(progress)


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
    """Draw or print where one recipe is: its beginning, with why a finished model is replaced, a step, or its end."""
    if at.report:
        show_progress(at.report)
    elif at.card:
        if sys.stderr.isatty() and not at.before:
            print(file=sys.stderr)  # the bar stays on its line
        print(f"{at.recipe:16} {at.seconds:9.1f} s{', finished before' if at.before else ''}", flush=True)
    else:
        why = f": trained anew, as the one that is there differs in {', '.join(at.replaces)}" if at.replaces else ""
        print(f"{at.number}/{at.of} {at.recipe}{why}", file=sys.stderr)


def print_estimates(seconds: float, out: Path | None) -> None:
    """Print how long each recipe would train here, and all of them together."""
    from app.core.runtime import choose_runtime
    from app.labs.train_estimate import estimate_all

    runtime, total = choose_runtime(), 0.0
    print(f"Estimated on {runtime.describe()}\n{'':16} {'steps':>6} {'samples/s':>10} {'s in all':>9}")
    for each in estimate_all(runtime, seconds, out):
        total += each.seconds
        figures = "  finished before" if each.finished else f" {each.samples_per_second:10.1f} {each.seconds:9.0f}"
        print(f"{each.recipe:16} {each.steps:6}{figures}", flush=True)
    print(f"{'all':16} {'':6} {'':10} {total:9.0f}, {total / 3600:.1f} hours")


def evaluate(arguments: argparse.Namespace) -> None:
    """Print a model's figures on held-out data, and write them to its card; or measure all, and write the report."""
    from app.cli.evaluate_all import evaluate_all, measure_costs, report_alone
    from app.core.runtime import choose_runtime
    from app.evaluation.evaluate import evaluate_model
    from app.evaluation.rates import Rate
    from app.store.catalogue import open_catalogue

    if [bool(arguments.name), arguments.all, arguments.report, arguments.costs].count(True) != 1:
        wanted = "evaluate needs one of: the name of a model, --all, --report, --costs."
        raise BadRequest(wanted, hint="Such as: python -m app evaluate f4c4")
    if not arguments.name and (arguments.json or arguments.dry_run):
        raise BadRequest("--json and --dry-run go with the name of one model.", hint="Leave them out, or name a model.")
    if arguments.all:
        evaluate_all(arguments.checkpoints, arguments.count)
        return
    if arguments.report or arguments.costs:
        (report_alone if arguments.report else measure_costs)(arguments.checkpoints)
        return
    catalogue = open_catalogue(arguments.checkpoints, choose_runtime())
    metrics = evaluate_model(catalogue, arguments.name, arguments.count, write=not arguments.dry_run)
    if arguments.json:
        print(json.dumps(metrics))
        return
    for group, figures in metrics.items():
        print(group)
        for name, value in figures.items():
            print(f"  {name:24} {Rate(**value) if isinstance(value, dict) else value}")
