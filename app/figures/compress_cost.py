"""What the cost calculator shows: this picture on this machine, every f beside it, and published figures."""

import math

from app.evaluation.cost import Cost
from app.figures.compress_race import amount, clock, memory
from app.figures.parts import ESTIMATED, Chart, Fact, Group, Kind, Series, literature
from app.labs.compress_cost import SIDES, Estimate, Speed
from app.labs.compress_measure import MOST_TRAINED, MeasuredSize

LARGEST_TIMED = 32 * 32
"""Cells of the largest latent in the self-test: times beyond it are carried on in a straight line."""

REFERENCES = (
    Group(
        "Stable Diffusion v1",
        (),
        "512 × 512 pixels, f = 8, c = 4: 786,432 values become 64 × 64 × 4 = 16,384, 48 times fewer. "
        "Its U-Net has 860 million parameters.",
        stamp=literature("model card of Stable Diffusion v1-4, 2022"),
    ),
    Group(
        "Stable Diffusion v1.4 on a telephone",
        (),
        "A 512 × 512 picture with 20 steps in under 12 seconds on the GPU of a telephone.",
        stamp=literature("Chen et al. 2023, Speed Is All You Need"),
    ),
    Group(
        "Training Stable Diffusion",
        (),
        "The original models took over 6,000 days of one A100 GPU, and that on latents.",
        stamp=literature("Kim et al. 2023, BK-SDM"),
    ),
)
"""Published figures as fixed points beside what is counted here; their networks are hundreds of times larger."""


def cost_group(found: Estimate) -> Group:
    """Say what was counted, in one sentence."""
    request = found.request
    asked = (request.height, request.width)
    rounded = "" if asked == (found.height, found.width) else f" (rounded up from {asked[0]} × {asked[1]})"
    where = (
        "on its pixels" if request.f == 1 else f"on latents of {found.height // request.f} × {found.width // request.f}"
    )
    note = f"{found.height} × {found.width} pixels{rounded}, {request.steps} steps {where} with the race's denoiser"
    if request.calls == 2:
        note += ", each asked with the caption and without it"
    return Group("This picture, this machine", (), note + ".", stamp=ESTIMATED)


def cost_facts(found: Estimate, pixels: Estimate) -> list[Fact]:
    """Return values, operations, memory and seconds; pixels: the same picture with f = 1."""
    far = found.step.operations and found.values // found.request.channels > LARGEST_TIMED
    how = "carried on from smaller sizes" if far else "from the self-test"
    return [
        Fact("Values", f"{found.values:,}", f"{found.values_in / found.values:.3g} times fewer than pixels", "latent"),
        Fact("Operations", amount(found.operations), _times(pixels.operations, found.operations, "fewer"), "noise"),
        Fact("Memory at once", memory(found.peak_bytes), _times(pixels.peak_bytes, found.peak_bytes, "less"), "noise"),
        Fact("Denoising", clock(found.denoise_seconds), f"{found.request.steps} steps, {how}", "noise"),
        Fact("Decoding", clock(found.decode_seconds) if found.request.f > 1 else "none", "once, at the end", "decoder"),
        Fact("From noise to picture", clock(found.seconds), _times(pixels.seconds, found.seconds, "less"), "pixel"),
    ]


def measured_facts(measured: MeasuredSize | None, found: Estimate) -> list[Fact]:
    """Return what was measured of each call, beside its estimate where there is one; None: nothing yet."""
    if measured is None:
        return [Fact("Measured", "not yet", "press the button: every call is run a few times at this size", "text")]
    steps = found.request.steps
    trained = f"too large here: up to {MOST_TRAINED:,} cells are tried"
    calls: list[tuple[str, Cost | None, str, Kind]] = [
        ("Encoding", measured.encode, "", "latent"),
        ("A step", measured.step, f"estimated {clock(found.denoise_seconds / steps)}", "noise"),
        ("Decoding", measured.decode, f"estimated {clock(found.decode_seconds)}", "decoder"),
        ("A training step", measured.training, "of the denoiser, one picture", "noise"),
    ]
    return [
        Fact(name, clock(cost.seconds), "; ".join(filter(None, [_held(cost), note])), kind)
        if cost is not None
        else Fact(name, "none", trained if name == "A training step" else "there is no VAE on pixels", kind)
        for name, cost, note, kind in calls
    ]


def _held(cost: Cost) -> str:
    return "" if cost.peak_bytes is None else f"{memory(cost.peak_bytes)} at most at once"


def _times(more: float, now: float, word: str) -> str:
    return (
        f"{more / now:.3g} times {word} than on pixels"
        if more > now
        else "as on pixels"
        if more == now
        else "no saving"
    )


def factor_chart(rows: tuple[Estimate, ...]) -> Chart:
    """Return the seconds of denoising and of decoding for every f."""
    x = tuple(math.log2(row.request.f) for row in rows)
    labels = tuple(f"{amount(row.operations)} operations" for row in rows)
    denoise = Series("all denoising steps", x, tuple(row.denoise_seconds for row in rows), kind="latent", labels=labels)
    decoded = tuple(row for row in rows if row.request.f > 1)
    decode = Series("decoding, once", tuple(math.log2(row.request.f) for row in decoded),
                    tuple(row.decode_seconds for row in decoded), kind="decoder")  # fmt: skip
    note = "The same picture for every f. From some f on the steps hardly get cheaper, and the decoder is left."
    title, x_label = "Seconds by downsampling factor", "halvings of the side: f = 1, 2, 4, 8, 16"
    return Chart(title, x_label, "seconds here", (denoise, decode), note, y_log=True, stamp=ESTIMATED)


def machine_facts(speed: Speed) -> list[Fact]:
    """Return what the self-test found."""
    sides = " and ".join(f"{side} × {side}" for side in SIDES)
    return [
        Fact("Denoiser here", f"{speed.step_rate / 1e9:.3g} billion/s", f"operations, on {sides} latents", "noise"),
        Fact("Waiting", clock(speed.wait) if speed.wait else "none found", "of each step, whatever its size", "noise"),
        Fact("Decoder here", f"{speed.decode_rate / 1e9:.3g} billion/s", "operations, one 64 × 64 picture", "decoder"),
    ]
