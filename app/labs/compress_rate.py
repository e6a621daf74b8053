"""Rate and distortion of one picture: learned latents, JPEG, WebP and principal components, as real files."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import to_picture, to_tensor
from app.core.runtime import Runtime
from app.evaluation.reconstruction import psnr
from app.labs.compress_packing import (
    MOST_BITS,
    File,
    read_components,
    read_latent,
    write_components,
    write_latent,
)
from app.store.catalogue import LoadedVAE

LONGEST = 256
"""Pixels along a picture whose files are written: they are some hundred."""
METHODS = ("latent", "JPEG", "WebP", "PCA")
BITS = tuple(range(1, 11))
COLOURS = {"JPEG": {"": 2, ", full colours": 0}, "WebP": {"": 2}}
"""How files keep colours, in Pillow's numbers: 2 is half of the resolution, JPEG's usual way and WebP's only one."""
QUALITIES = {"JPEG": (*range(1, 12, 2), *range(15, 96, 5)), "WebP": (*range(0, 12, 3), *range(15, 101, 5))}
STEPS = tuple(2.0 ** (k / 4) for k in range(10, -22, -1))
"""Of the components, in units of a picture's range from -1 to 1, coarse to fine."""
FURTHER = 1.5
"""A rival's curve ends at its first file that is so many times as large as the largest file of a latent."""
Picture = Float[Tensor, "1 3 h w"]


@dataclass(frozen=True)
class RateRequest:
    """bits: of a latent value, 1 to 12. whole_files: count headers; otherwise only what grows with the picture."""

    bits: int = 5
    whole_files: bool = True

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MOST_BITS:
            raise BadRequest(f"{self.bits} bits a value.", hint=f"Use 1 to {MOST_BITS}.")


@dataclass(frozen=True, eq=False)
class Coded:
    """One real file of the picture. size: bytes as counted; setting: what was turned; picture: what was read back."""

    method: str
    setting: str
    size: int
    coder: str
    picture: Picture
    psnr: float


@dataclass(frozen=True, eq=False)
class RateResult:
    """curves: the files of each method, from small to large. chosen: the latent at the bits asked for.

    alike: of each other method, its best file with no more bytes; None where even its smallest has more.
    """

    request: RateRequest
    vae: str
    picture: Picture
    curves: dict[str, tuple[Coded, ...]]
    chosen: Coded
    alike: dict[str, Coded | None]

    @property
    def winner(self) -> str:
        """The method with the least error at equal bytes."""
        rivals = [self.chosen, *(coded for coded in self.alike.values() if coded is not None)]
        return max(rivals, key=lambda coded: coded.psnr).method


def rate_distortion(model: LoadedVAE, picture: Picture, request: RateRequest, runtime: Runtime) -> RateResult:
    """Write the picture in many files, read each back, and compare."""
    *_, (result, _) = rate_steps(model, picture, request, runtime)
    assert result is not None
    return result


def rate_steps(
    model: LoadedVAE, picture: Picture, request: RateRequest, runtime: Runtime
) -> Iterator[tuple[RateResult | None, str]]:
    """The same, method by method: yields (None, what comes next), and the result at the end."""
    whole = request.whole_files
    bits = sorted({*BITS, request.bits})
    yield None, "latents of 1 to 10 bits a value"
    latents = code_latents(model, picture, bits, whole, runtime)
    curves, most = {"latent": latents}, FURTHER * max(coded.size for coded in latents)
    for kind in ("JPEG", "WebP"):
        yield None, f"{kind} files"
        curves[kind] = _picture_files(picture, kind, whole, most)
    yield None, "principal components"
    curves["PCA"] = _until(most, (_components(picture, step, whole) for step in STEPS))
    chosen = latents[bits.index(request.bits)]
    alike = {how: best_within(curve, chosen.size) for how, curve in curves.items() if how != "latent"}
    ordered = {how: tuple(sorted(curve, key=lambda coded: coded.size)) for how, curve in curves.items()}
    yield RateResult(request, model.card.name, picture, ordered, chosen, alike), "done"


def _until(most: float, files: Iterator[Coded]) -> tuple[Coded, ...]:
    """Make files from coarse to fine up to the first that is larger."""
    made: list[Coded] = []
    for coded in files:
        made.append(coded)
        if coded.size > most:
            break
    return tuple(made)


def best_within(curve: Sequence[Coded], size: int) -> Coded | None:
    """Return the file with the least error among those of at most so many bytes; None if there is none."""
    return max((coded for coded in curve if coded.size <= size), key=lambda coded: coded.psnr, default=None)


@torch.inference_mode()
def code_latents(
    model: LoadedVAE, picture: Picture, bits: Sequence[int], whole: bool, runtime: Runtime
) -> tuple[Coded, ...]:
    """Write the posterior mean with each number of bits; what is decoded was read from the file."""
    z = model.network.encode(runtime.put(picture)).mean[0].float().cpu()
    files = [write_latent(z, count) for count in bits]
    read = [read_latent(file.content)[None] for file in files]
    copies = [model.network.decode(runtime.put(each)).float().cpu().clamp(-1, 1) for each in read]
    return tuple(
        _coded("latent", f"{count} bits", file, whole, picture, copy)
        for count, file, copy in zip(bits, files, copies, strict=True)
    )


def _components(picture: Picture, step: float, whole: bool) -> Coded:
    file = write_components(picture, step)
    return _coded("PCA", f"step {step:.3g}", file, whole, picture, read_components(file.content))


def _picture_files(picture: Picture, kind: str, whole: bool, most: float) -> tuple[Coded, ...]:
    """Write a format's files from coarse to fine; JPEG's with colours at half and at full resolution.

    What takes more bytes than a file with less error is left out.
    """
    tried = [
        coded
        for name, subsampling in COLOURS[kind].items()
        for coded in _until(
            most, (_picture_file(picture, kind, quality, name, subsampling, whole) for quality in QUALITIES[kind])
        )
    ]
    kept: list[Coded] = []
    for coded in sorted(tried, key=lambda coded: (coded.size, -coded.psnr)):
        if not kept or coded.psnr > kept[-1].psnr:
            kept.append(coded)
    return tuple(kept)


def _picture_file(picture: Picture, kind: str, quality: int, colours: str, subsampling: int, whole: bool) -> Coded:
    content = _written(to_picture(picture[0]), kind, quality, subsampling)
    flat = len(_written(Image.new("RGB", (16, 16)), kind, quality, subsampling))
    with Image.open(io.BytesIO(content)) as opened:
        copy = to_tensor(opened)[None]
    file = File(content, min(flat, len(content) - 1), kind)
    return _coded(kind, f"quality {quality}{colours}", file, whole, picture, copy)


def _written(picture: Image.Image, kind: str, quality: int, subsampling: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, quality=quality, optimize=True, method=4, subsampling=subsampling)
    return file.getvalue()


def _coded(method: str, setting: str, file: File, whole: bool, picture: Picture, copy: Picture) -> Coded:
    size = len(file.content) - (0 if whole else file.header)
    return Coded(method, setting, size, file.coder, copy, float(psnr(picture, copy)[0]))
