"""`python -m app COMMAND`: what the app does, for people, scripts and notebooks.

A user's mistake is one sentence, one hint and exit status 2. Each command imports what it needs when it runs, so that
`--help` and `generate` start quickly.
"""

import argparse
import json
import os
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import BadUpload, LabError

if TYPE_CHECKING:
    from app.labs.encode import EncodeResult
    from app.training.loop import StepReport

ROOT = Path(__file__).parents[1]
DEFAULT_CHECKPOINTS = ROOT / "checkpoints"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 2 for a user's mistake, 130 when interrupted."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except LabError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    return 0


def _serve(_: argparse.Namespace) -> None:
    runpy.run_path(str(ROOT / "app.py"), run_name="__main__")


def _generate(arguments: argparse.Namespace) -> None:
    from app.core.files import write_atomically
    from app.core.pictures import to_picture
    from app.core.runtime import choose_runtime
    from app.labs.generate import GenerateRequest, generate
    from app.store.catalogue import open_catalogue

    request = GenerateRequest(
        arguments.caption,
        seed=arguments.seed,
        steps=arguments.steps,
        guidance=arguments.guidance,
        negative=arguments.negative,
        sampler=arguments.sampler,
    )
    runtime = choose_runtime()
    model = open_catalogue(arguments.checkpoints, runtime).denoiser(arguments.model)
    picture = to_picture(generate(model, request, runtime).picture[0])
    write_atomically(arguments.out, lambda part: picture.save(part, format="PNG"))
    print(f"{arguments.out}: {picture.width} x {picture.height} pixels, seed {request.seed}, {request.steps} steps")


def _encode(arguments: argparse.Namespace) -> None:
    from app.core.runtime import choose_runtime
    from app.data.uploads import read_upload
    from app.figures.latents import save_encoding
    from app.labs.encode import EncodeRequest, encode
    from app.store.catalogue import open_catalogue

    try:
        data = arguments.picture.read_bytes()
    except OSError as error:
        raise BadUpload(f"{arguments.picture} cannot be read: {error.strerror}.", hint="Check the path.") from error
    picture = read_upload(data)
    runtime = choose_runtime()
    model = open_catalogue(arguments.checkpoints, runtime).vae(arguments.vae)
    result = encode(model, picture, EncodeRequest(arguments.vae, side=arguments.side, seed=arguments.seed), runtime)
    save_encoding(result, arguments.out)
    print(json.dumps(result.summary()) if arguments.json else _encoding_text(result, arguments.out))


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
            f"SSIM           {numbers['ssim']}",
            f"written to     {out}",
        ]
    )


def _train(arguments: argparse.Namespace) -> None:
    from app.core.errors import BadRequest
    from app.core.runtime import choose_runtime, keep_heap
    from app.labs.training_run import TrainRequest, run_training
    from app.training.recipes import RECIPES

    if arguments.list:
        for name, recipe in RECIPES.items():
            print(f"{name:12} {recipe.kind:9} {recipe.train.steps:6} steps  {recipe.about}")
        return
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
            _show_progress(report)
    if first_process:
        print(f"\nFinished: {request.out}", file=sys.stderr)


def _show_progress(report: "StepReport") -> None:
    """Draw a bar that rewrites itself in a terminal; in a log, print every 50th step on a line of its own."""
    live = sys.stderr.isatty()
    if not live and report.step % 50 and report.step != report.steps:
        return
    filled = 24 * report.step // report.steps
    bar = "█" * filled + "·" * (24 - filled)
    parts = "  ".join(f"{name} {value:.4g}" for name, value in list(report.parts.items())[:3])
    minutes, seconds = divmod(round(report.seconds_left), 60)
    text = (
        f"{bar} {report.step}/{report.steps}  loss {report.loss:.4g}  {parts}  "
        f"{report.samples_per_second:.0f} samples/s  {minutes}:{seconds:02} left"
    )
    print(text, end="\r" if live else "\n", file=sys.stderr, flush=True)


def _evaluate(arguments: argparse.Namespace) -> None:
    from app.core.runtime import choose_runtime
    from app.evaluation.evaluate import evaluate_model
    from app.store.catalogue import open_catalogue

    catalogue = open_catalogue(arguments.checkpoints, choose_runtime())
    metrics = evaluate_model(catalogue, arguments.name, arguments.count, write=not arguments.dry_run)
    if arguments.json:
        print(json.dumps(metrics))
        return
    for group, figures in metrics.items():
        print(group)
        for name, value in figures.items():
            print(f"  {name:24} {value}")


def _bench(arguments: argparse.Namespace) -> None:
    import torch

    from app.core.runtime import choose_runtime
    from app.evaluation.bench import bench
    from app.store.catalogue import open_catalogue

    runtime = choose_runtime()
    print(f"{runtime.describe()}, {torch.get_num_threads()} threads; medians of 10 calls after warm-up\n")
    print(f"{'':40} {'ms a call':>10} {'items/s':>10} {'GFLOP':>8} {'GFLOP/s':>8}")
    for row in bench(open_catalogue(arguments.checkpoints, runtime)):
        counted = f"{row.timing.operations / 1e9:8.2f} {row.timing.operations_per_second / 1e9:8.0f}"
        speed = f"{1000 * row.timing.seconds:10.2f} {row.items_per_second:10.1f}"
        print(f"{row.what:40} {speed} {counted if row.timing.operations else ''}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m app", description="Latent Lab: learn latent diffusion by doing it."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "serve", _serve, "start the app in the browser (the same as: python app.py)")
    _add_generate(_add(commands, "generate", _generate, "make a picture from a caption"))
    _add_encode(_add(commands, "encode", _encode, "encode and rebuild a picture with a VAE"))
    _add_train(_add(commands, "train", _train, "train a model from the table of recipes"))
    _add_evaluate(_add(commands, "evaluate", _evaluate, "measure a model on held-out data and write it to its card"))
    _add(commands, "bench", _bench, "time data, models and training on this machine")
    return parser


def _add(commands, name, run, about):  # type: ignore[no-untyped-def]
    parser = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    parser.set_defaults(run=run)
    if name != "serve":
        parser.add_argument(
            "--checkpoints",
            type=Path,
            default=DEFAULT_CHECKPOINTS,
            help="folder of trained models (default: %(default)s)",
        )
    return parser


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("caption", help="what to draw, such as 'a small striped red star at the top left on blue'")
    parser.add_argument("--out", type=Path, required=True, help="PNG file to write")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same picture (default: 0)")
    parser.add_argument("--steps", type=int, default=20, help="denoising steps, 1 to 250 (default: 20)")
    parser.add_argument("--guidance", type=float, default=3.0, help="how strongly the caption steers (default: 3)")
    parser.add_argument("--negative", default="", help="a caption to steer away from")
    parser.add_argument("--sampler", default="ddim", help="ddpm, ddim, euler, heun or dpm (default: ddim)")
    parser.add_argument("--model", default="generator", help="name of a denoiser (default: generator)")


def _add_encode(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picture", type=Path, help="PNG, JPEG, WebP, BMP or GIF file")
    parser.add_argument("--vae", default="f4c4", help="name of a VAE (default: f4c4)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--side", type=int, default=None, help="crop and scale to a square first (default: keep size)")
    parser.add_argument("--seed", type=int, default=0, help="draws the latent from its distribution (default: 0)")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", nargs="?", help="name of a recipe; --list shows them")
    parser.add_argument("--list", action="store_true", help="list the recipes and stop")
    parser.add_argument("--out", type=Path, help="folder to write the checkpoint to")
    parser.add_argument("--data", help="data set, such as scenes+photos or folder:PATH (default: the recipe's)")
    parser.add_argument("--steps", type=int, help="optimiser steps (default: the recipe's)")
    parser.add_argument("--seed", type=int, help="seed of weights, batches and noise (default: the recipe's)")
    parser.add_argument("--resume", action="store_true", help="go on where an interrupted training stopped")
    parser.add_argument("--start-from", type=Path, help="begin with the weights of this checkpoint folder")
    parser.add_argument("--save-steps", type=int, help="save the state every so many steps (default: each minute)")


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="name of a trained model")
    parser.add_argument("--count", type=int, default=500, help="held-out pictures or captions (default: 500)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--dry-run", action="store_true", help="measure and print, but leave the card as it is")
