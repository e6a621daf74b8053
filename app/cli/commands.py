"""What each command does. Each imports what it needs when it runs, so that `--help` and `generate` start quickly."""

import argparse
import json
import runpy
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import BadRequest, BadUpload

if TYPE_CHECKING:
    from PIL.Image import Image

    from app.labs.encode import EncodeResult

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
    from app.core.files import check_writable, read_at_most, writing_to
    from app.core.runtime import choose_runtime
    from app.data.uploads import OWN_DISK, read_upload
    from app.figures.latents import save_encoding
    from app.labs import encode as lab
    from app.store.catalogue import open_catalogue

    request = lab.EncodeRequest(arguments.vae, side=arguments.side, seed=arguments.seed)
    check_writable(arguments.out)
    data = read_at_most(arguments.picture, OWN_DISK.file_bytes, BadUpload)
    picture = read_upload(data, limits=OWN_DISK)
    sizes = [_size_in_file(data, picture), picture.size]
    runtime = choose_runtime()
    model = open_catalogue(arguments.checkpoints, runtime).vae(arguments.vae)
    result = lab.encode(model, picture, request, runtime)
    with writing_to(arguments.out):
        save_encoding(result, arguments.out)
    if arguments.json:
        print(json.dumps(result.summary() | {"size_in_file": sizes[0]}))
        return
    print(_encoding_text(result, sizes, arguments.out))


def _size_in_file(data: bytes, picture: "Image") -> tuple[int, int]:
    """Return the width and height of the picture in these bytes, held upright as the one that was read of them."""
    from PIL import Image

    with Image.open(BytesIO(data)) as whole:
        long, short = max(whole.size), min(whole.size)
    return (long, short) if picture.width >= picture.height else (short, long)


def _sizes_text(sizes: list[tuple[int, int]]) -> str:
    """Tell width and height in the file, and to what the picture was reduced and cropped, where it was."""
    found, read, encoded = (f"{width} x {height}" for width, height in sizes)
    reduced = f", reduced to {read}" if read != found else ""
    return f"{found} pixels{reduced}{f', encoded at {encoded}' if encoded != read else ''}"


def _encoding_text(result: "EncodeResult", sizes: list[tuple[int, int]], out: Path) -> str:
    numbers = result.summary()
    kl = "none: a plain autoencoder has no distribution"
    if result.kl_bits is not None:
        kl = f"{numbers['kl_bits']} bits in all, {numbers['kl_bits_per_value']} a value"
    return "\n".join(
        [
            f"picture        {_sizes_text([*sizes, (result.picture.shape[3], result.picture.shape[2])])}",
            f"latent shape   {' x '.join(map(str, result.z.shape[1:]))}",
            f"numbers        {result.numbers_in} in, {result.numbers_out} out, {numbers['reduction']} times fewer",
            f"KL             {kl}",
            f"PSNR           {numbers['psnr_db']} dB",
            f"SSIM           {'not defined below 3 x 3 pixels' if numbers['ssim'] is None else numbers['ssim']}",
            f"written to     {out}",
        ]
    )


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
