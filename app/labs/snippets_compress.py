"""The views of the Compress lab as a few lines of Python: what 'Copy as code' puts on the clipboard."""

from app.labs.compress_cost import CostRequest
from app.labs.compress_race import RaceRequest
from app.labs.compress_rate import RateRequest
from app.labs.snippets import OPEN

Chosen = tuple[str | None, str]
"""A picture's name, None for a visitor's own, and its size."""


def _picture(chosen: Chosen, more: str, longest: int | None = None) -> str:
    """Return the lines up to `picture`, a tensor; more: imports; longest: as large as the part takes it."""
    name, size = chosen
    if name is None:
        source, load = "sized", f'sized(Image.open("your-picture.png"), {size!r})'
        more = f"from PIL import Image\n{more}"
    else:
        source, load = "named_picture", f"named_picture({name!r}, {size!r})"
    if longest is not None:
        source, load = f"kept, {source}", f"kept({load}, {longest})"
    return f"""from app.core.pictures import to_picture, to_tensor
from app.labs.compress_pictures import {source}
{more}{OPEN}
picture = to_tensor({load})[None]
"""


def ladder_code(chosen: Chosen, rungs: list[str], judged: bool) -> str:
    """Return the code of the ladder: `result.rungs`, each with its reconstruction and numbers."""
    judge = "catalogue.judge()" if judged else "None"
    return f"""{_picture(chosen, "from app.labs.compress_ladder import climb" + chr(10))}
models = [catalogue.vae(name) for name in {rungs!r}]
result = climb(models, picture, runtime, {judge})
for rung in result.rungs:
    print(rung.name, rung.values, f"{{rung.psnr:.1f}} dB", f"SSIM {{rung.ssim:.3f}}")
    to_picture(rung.reconstruction[0]).save(f"{{rung.name}}.png")
"""


def rate_code(chosen: Chosen, vae: str, request: RateRequest, longest: int) -> str:
    """Return the code of the files: `result.curves`, `result.chosen`, `result.alike`."""
    more = "from app.labs.compress_rate import RateRequest, rate_distortion\n"
    return f"""{_picture(chosen, more, longest)}
result = rate_distortion(catalogue.vae({vae!r}), picture, {request!r}, runtime)
print(result.chosen.size, "bytes", f"{{result.chosen.psnr:.1f}} dB")
for method, coded in result.alike.items():
    print(method, "cannot" if coded is None else f"{{coded.size}} bytes {{coded.psnr:.1f}} dB")
"""


def upscaling_code(chosen: Chosen, vae: str) -> str:
    """Return the code of decoding beside upscaling: `result.ways`."""
    more = "from app.labs.compress_upscaling import compare_upscaling\n"
    return f"""{_picture(chosen, more)}
result = compare_upscaling(catalogue.vae({vae!r}), picture, runtime)
for way in result.ways:
    print(way.way, f"{{way.psnr:.1f}} dB")
    to_picture(way.picture[0]).save(f"{{way.way}}.png")
"""


def spectrum_code(chosen: Chosen, vae: str) -> str:
    """Return the code of the spectra: `result.frequency`, `result.original`, `result.error`."""
    more = (
        "from app.figures.compress_lost import spectrum_chart\n"
        "from app.figures.exports import chart_figure\n"
        "from app.labs.compress_spectrum import measure_spectrum\n"
    )
    return f"""{_picture(chosen, more)}
result = measure_spectrum(catalogue.vae({vae!r}), picture, runtime)
chart_figure([spectrum_chart(result)]).savefig("spectrum.png")
"""


def race_code(request: RaceRequest) -> str:
    """Return the code of a race: `lanes` as they stand at its end."""
    return f"""from app.labs.compress_race import RaceRequest, run_race
{OPEN}
*_, lanes = run_race(catalogue, {request!r}, runtime)
for lane in lanes:
    print(lane.name, f"{{lane.seconds:.2f}} s", lane.cost.step_operations, "operations a step")
"""


def spot_code(model: str) -> str:
    """Return the code of the sweet spot: `result.spots`, off the cards."""
    return f"""from app.labs.compress_spot import read_spots
{OPEN}
result = read_spots(catalogue)
for spot in result.spots:
    print(spot.name, spot.values, spot.psnr, spot.drawn)
print(result.find({model!r}))
"""


def cost_code(request: CostRequest) -> str:
    """Return the code of an estimate: `found.operations`, `found.peak_bytes`, `found.seconds`."""
    return f"""from app.core.runtime import choose_runtime
from app.labs.compress_cost import CostRequest, estimate, self_test

runtime = choose_runtime()
found = estimate({request!r}, self_test(runtime), runtime)
print(found.values, found.operations, found.peak_bytes, found.seconds)
"""
