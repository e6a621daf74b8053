"""What the sweet-spot lab shows: reconstruction against generation over the zoo, and one model in full."""

from app.figures.parts import GUESS_FIRST, WITH_CHECKPOINT, Chart, Fact, Group, Series
from app.labs.compress_spot import Spot, SpotResult

NOBODY = "the VAE alone: denoisers in its latents have points of their own"
CEILINGS = "ceiling of each VAE"
LEAST = 0.1
"""Per cent, at which a whisker ends that reaches to none at all: a logarithmic axis has no zero."""


def spot_groups(result: SpotResult) -> list[tuple[str, list[Spot]]]:
    """Return the spots by what may be compared: VAEs with their ceiling alone, the raced ones, and other denoisers."""
    drawing = [spot for spot in result.spots if spot.drawn is not None and spot.psnr is not None]
    raced, others = ([spot for spot in drawing if spot.raced is wanted] for wanted in (True, False))
    ceilings = [
        spot for spot in result.spots if not spot.denoiser and spot.ceiling is not None and spot.psnr is not None
    ]
    named = [
        (CEILINGS, ceilings),
        ("raced: equal design, target and training time", raced),
        ("other denoisers", others),
    ]
    return [(name, spots) for name, spots in named if spots]


def spot_chart(result: SpotResult, revealed: bool = True) -> Chart:
    """Return generation against reconstruction; up is better drawn, right is better rebuilt. Before: ceilings alone."""
    series = [_series(name, spots) for name, spots in spot_groups(result) if revealed or name == CEILINGS]
    note = "A ceiling is what the judge still reads off reconstructions: denoisers in those latents hardly draw better."
    pixels = [spot for spot in result.spots if spot.vae == "pixels" and spot.drawn is not None]
    if pixels and revealed:
        note += f" On pixels, which lose nothing, {pixels[0].drawn:.0%} are right."
    return Chart(
        "Rebuilding and drawing",
        "PSNR of reconstructed scenes (dB)",
        "fully right (%)",
        tuple(series),
        note,
        y_log=True,  # short trainings draw a few per cent right, ceilings are near 100
        stamp=WITH_CHECKPOINT,
    )


def _series(name: str, spots: list[Spot]) -> Series:
    ceiling = name == CEILINGS
    rates = [spot.ceiling if ceiling else spot.drawn for spot in spots]
    whiskers = not ceiling and all(spot.low is not None and spot.high is not None for spot in spots)
    return Series(
        name,
        tuple(spot.psnr or 0.0 for spot in spots),
        tuple(100 * (rate or 0.0) for rate in rates),
        kind="decoder" if ceiling else "latent" if name.startswith("raced") else "noise",
        style="points",
        low=tuple(max(LEAST, 100 * (spot.low or 0.0)) for spot in spots) if whiskers else (),
        high=tuple(100 * (spot.high or 0.0) for spot in spots) if whiskers else (),
        labels=tuple(spot.name for spot in spots),
    )


def picked(result: SpotResult, series: object, index: object) -> str:
    """Return the model of a point of the chart, as a click names it; '' for anything else."""
    groups = spot_groups(result)
    if not isinstance(series, int) or not isinstance(index, int) or not 0 <= series < len(groups):
        return ""
    spots = groups[series][1]
    return spots[index].name if 0 <= index < len(spots) else ""


def spot_group(result: SpotResult, chosen: Spot, revealed: bool = True) -> Group:
    """Say what the whole zoo says, and which model is chosen."""
    best = result.best
    if not revealed:
        said = "Each point is a VAE: how well it rebuilds, and what the judge still reads off that. Denoisers follow."
    elif best is None:
        said = "Too few denoisers have raced to say where the best place is."
    else:
        right = f"{best.drawn or 0.0:.0%} fully right at {best.reduction:g} times fewer values"
        said = f"Of the raced ones {best.name} draws best, {right}."
        if result.rivals:
            others = ", ".join(spot.name for spot in result.rivals)
            said += f" On {best.n} pictures that is no safe lead: the intervals of {others} reach into its own."
    if result.missing:
        said += f" Nothing has raced in the latents of {', '.join(result.missing)} yet."
    return Group(f"Chosen: {chosen.name}", (), said, stamp=WITH_CHECKPOINT)


def guess_facts(result: SpotResult, guess: str) -> list[Fact]:
    """Return what was guessed to be drawn best, by the VAE's name, beside the best of the raced ones."""
    best = result.best
    if best is None:
        return []
    near = guess in [spot.vae for spot in result.rivals]
    verdict = "as measured" if guess == best.vae else "not measured as best"
    return [
        Fact("Your guess", guess, f"{verdict}, yet within the interval of the best" if near else verdict, "text"),
        Fact("Measured", best.vae, f"{best.drawn or 0.0:.1%} fully right, n = {best.n}", "noise"),
    ]


def spot_facts(spot: Spot, revealed: bool = True) -> list[Fact]:
    """Return all that the cards say about one model; how well it draws only once that is revealed."""
    drawn = (
        NOBODY
        if spot.drawn is None
        else f"{spot.n} pictures"
        + ("" if spot.low is None or spot.high is None else f", {spot.low:.0%} to {spot.high:.0%}")
    )
    rate = Fact("Drawn", _or_dash(spot.drawn, "{:.0%}"), drawn, "noise")
    if not revealed and spot.drawn is not None:
        rate = GUESS_FIRST
    clock = "of one core" if spot.timed else "by the wall clock, beside other work"
    return [
        Fact("Values", f"{spot.values:,}", f"{spot.reduction:g} times fewer than pixels", "latent"),
        Fact("Rebuilt", _or_dash(spot.psnr, "{:.1f} dB"), f"SSIM {_or_dash(spot.ssim, '{:.3f}')}", "decoder"),
        Fact("Ceiling", _or_dash(spot.ceiling, "{:.0%}"), "fully right after the VAE alone", "decoder"),
        rate,
        Fact("Trained for", f"{spot.training_seconds:.0f} s" if spot.denoiser else "–", clock, "noise"),
        Fact("Guided step", _or_dash(spot.step_ms, "{:.1f} ms"), "on the machine of the card", "noise"),
    ]  # fmt: skip


def _or_dash(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
