"""Which commands there are, and what each can be told."""

import argparse
from pathlib import Path

from app.cli import bench_command, claims_command, commands, errors_command, map_command, train_command

CHECKPOINTS = commands.ROOT / "checkpoints"


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m app`; a parsed command line has the command's function as `run`."""
    parser = argparse.ArgumentParser(
        prog="python -m app", description="Latent Lab: learn latent diffusion by doing it."
    )
    table = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(table, "serve", commands.serve, "start the app in the browser (the same as: python app.py)")
    _add_generate(_add(table, "generate", commands.generate, "make a picture from a caption"))
    _add_encode(_add(table, "encode", commands.encode, "encode and rebuild a picture with a VAE"))
    _add_train(_add(table, "train", train_command.train, "train a model from the table of recipes"))
    _add_evaluate(
        _add(table, "evaluate", commands.evaluate, "measure a model on held-out data and write it to its card")
    )
    _add_claims(
        _add(table, "claims", claims_command.claims, "measure the 15 claims of the course and write claims.json")
    )
    _add_errors(_add(table, "errors", errors_command.errors, "measure VAEs on their training pictures, for the page"))
    _add_map(_add(table, "map", map_command.map_latents, "write the map of a VAE's latents that the page opens with"))
    _add_bench(_add(table, "bench", bench_command.bench, "time data, models and training on this machine"))
    return parser


def _add(table, name, run, about):  # type: ignore[no-untyped-def]
    parser = table.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    parser.set_defaults(run=run)
    if name != "serve":
        parser.add_argument(
            "--checkpoints",
            type=Path,
            default=CHECKPOINTS,
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
    side = "crop and scale to a square of so many pixels, 1 to 1024 (default: keep the shape, reduced to at most 1024)"
    parser.add_argument("picture", type=Path, help="PNG, JPEG, WebP, BMP or GIF file")
    parser.add_argument("--vae", default="f4c4", help="name of a VAE (default: f4c4)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--side", type=int, default=None, help=side)
    parser.add_argument("--seed", type=int, default=0, help="draws the latent from its distribution (default: 0)")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")


def _add_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", nargs="?", help="name of a recipe; --list shows them")
    parser.add_argument("--list", action="store_true", help="list the recipes and stop")
    parser.add_argument("--all", action="store_true", help="train every recipe that is not finished, in order")
    parser.add_argument("--smoke", action="store_true", help="with --all: a few steps each, to see that all works")
    parser.add_argument(
        "--estimate",
        type=float,
        nargs="?",
        const=5.0,
        metavar="SECONDS",
        help="with --all: train each recipe for so many seconds (default: 5), keep nothing, and say how long all take",
    )
    all_of_them = "with --all one folder each in it (default: as --checkpoints; with --smoke a temporary one)"
    parser.add_argument("--out", type=Path, help=f"folder to write the checkpoint to; {all_of_them}")
    data = "data set, such as scenes+photos, or folder:PATH of a folder or zip (default: the recipe's)"
    parser.add_argument("--data", help=data)
    parser.add_argument("--steps", type=int, help="optimiser steps (default: the recipe's)")
    parser.add_argument("--seed", type=int, help="seed of weights, batches and noise (default: the recipe's)")
    parser.add_argument("--resume", action="store_true", help="go on where an interrupted training stopped")
    parser.add_argument("--start-from", type=Path, help="begin with the weights of this checkpoint folder")
    parser.add_argument("--save-steps", type=int, help="save the state every so many steps (default: each minute)")


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="name of a trained model")
    parser.add_argument("--all", action="store_true", help="measure every model and write REPORT.md beside them")
    parser.add_argument("--report", action="store_true", help="write REPORT.md from the figures that the cards have")
    parser.add_argument("--costs", action="store_true", help="time every model in one run, and leave its other figures")
    parser.add_argument("--count", type=int, default=500, help="held-out pictures or captions (default: 500)")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--dry-run", action="store_true", help="measure and print, but leave the card as it is")


def _add_claims(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=500, help="held-out pictures or captions (default: 500)")
    parser.add_argument("--only", type=int, nargs="+", default=(), metavar="N", help="numbers of the claims to measure")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--dry-run", action="store_true", help="measure and print, but leave claims.json as it is")


def _add_errors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", help="names of VAEs (default: all there are)")
    parser.add_argument("--count", type=int, default=2000, help="training pictures (default: 2000)")


def _add_map(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default="f4c4", help="name of a VAE (default: f4c4)")


def _add_bench(parser: argparse.ArgumentParser) -> None:
    what = "start the app, drive it in a headless browser, and time what a visitor waits for (needs Playwright)"
    parser.add_argument("--browser", action="store_true", help=what)
    parser.add_argument(
        "--repeats", type=int, default=30, help="with --browser: times each action is done (default: 30)"
    )
