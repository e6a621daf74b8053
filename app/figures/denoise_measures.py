"""What the Denoise lab shows of quality against steps, and of wrong latent scales."""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from app.core.pictures import to_picture
from app.diffusion.samplers import SAMPLERS
from app.figures.parts import MEASURED_NOW, WITH_CHECKPOINT, Chart, Fact, Group, Series, Tile
from app.labs.denoise_quality import QualityPoint, StepsTable
from app.labs.denoise_scale import LADDER, ScaleResult


def quality_charts(table: StepsTable | None, now: Sequence[QualityPoint]) -> list[Chart]:
    """Share of what the captions ask for against steps, per sampler: shipped points as curves, those of now as dots."""
    shipped = () if table is None else table.points
    curves = [_curve(name, [p for p in shipped if p.sampler == name]) for name in SAMPLERS]
    dots = [
        Series(f"{p.sampler}, now (n = {p.n})", (float(p.steps),), (p.share,), None, "points", (p.low,), (p.high,))
        for p in now
    ]
    series = (*(curve for curve in curves if curve.x), *dots)
    n = shipped[0].n if shipped else 0
    note = f"Each curve: the same {n} captions and seeds. Bands: 95 % interval of the mean." if n else ""
    stamp = WITH_CHECKPOINT if shipped else MEASURED_NOW
    return [Chart("Quality against steps", "steps", "share of attributes right", series, note, x_log=True, stamp=stamp)]


def _curve(name: str, points: list[QualityPoint]) -> Series:
    ordered = sorted(points, key=lambda p: p.steps)
    labels = tuple(f"{p.calls} calls, all right in {p.everything:.0%}" for p in ordered)
    numbers = ([float(p.steps) for p in ordered], *([getattr(p, f) for p in ordered] for f in ("share", "low", "high")))
    x, y, low, high = (tuple(each) for each in numbers)
    return Series(name, x, y, None, "line", low, high, labels)


def quality_facts(table: StepsTable | None, now: Sequence[QualityPoint], guess: int | None) -> list[Fact]:
    """Fewest steps whose interval reaches up to the best point, by sampler, and what was measured last.

    That is not yet as good as the best: the fewer the pictures, the sooner nothing can be told apart.
    """
    facts = []
    best = max((p.share for p in table.points), default=0.0) if table is not None else 0.0
    for name in SAMPLERS if table is not None else ():
        enough = [p for p in table.points if p.sampler == name and p.high >= best] if table is not None else []
        if enough:
            first = min(enough, key=lambda p: p.steps)
            facts.append(
                Fact(
                    name,
                    _steps(first.steps),
                    f"{first.share:.0%}: not told from the best by {first.n} pictures",
                    "noise",
                )
            )
    if guess is not None and table is not None:
        facts[:0] = _ddim_facts(table, guess)
    elif guess is not None:
        facts.append(
            Fact("Your guess", _steps(guess), "nothing was measured yet: measure points of ddim yourself", "text")
        )
    if now:
        p = now[-1]
        text = f"{p.low:.0%} to {p.high:.0%}, n = {p.n}, {p.seconds:.2f} s a picture"
        facts.append(Fact(f"{p.sampler}, {_steps(p.steps)}", f"{p.share:.0%}", f"measured now: {text}", "decoder"))
    return facts


def _ddim_facts(table: StepsTable, guess: int) -> list[Fact]:
    """Return the guess beside the fewest steps whose interval reaches DDIM's own best."""
    mine = [p for p in table.points if p.sampler == "ddim"]
    said = Fact("Your guess", _steps(guess), "from there on DDIM is as good as it gets", "text")
    if not mine:
        return [said, Fact("Measured", "not yet", "the table has no point of ddim", "noise")]
    best = max(p.share for p in mine)
    found = min((p for p in mine if p.high >= best), key=lambda p: p.steps)
    verdict = "as you guessed" if found.steps == guess else "not as you guessed"
    note = f"{found.n} pictures cannot tell it from DDIM's best, {best:.0%} of all attributes: {verdict}"
    return [said, Fact("Measured", _steps(found.steps), note, "noise")]


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def scale_groups(result: ScaleResult, only: float | None = None) -> list[Group]:
    """Three strips over the factors: a picture through noise and back, the first expectation, and a new picture.

    only: show that factor alone.
    """
    picture = Tile("picture", "pixel", to_picture(result.picture[0]), "the picture that goes in")
    names = [f"k = {factor:g}" for factor in result.factors]

    def strip(pictures: Float[Tensor, "n 3 H W"], what: str) -> tuple[Tile, ...]:
        return tuple(
            Tile(name, "decoder", to_picture(one), f"{what}, {name}")
            for name, one, factor in zip(names, pictures, result.factors, strict=True)
            if only in (None, factor)
        )

    noise = result.request.strength
    return [
        Group(
            "A picture, noised and denoised, its latent k times too large",
            (picture, *strip(result.repaired, "the picture after noise and back")),
            f"{noise:.0%} of the power is noise, if k is 1. The caption says what is on the picture.",
        ),
        Group(
            "What the denoiser took it for at its first look",
            strip(result.guess, "the first expectation"),
            "Small k: the signal drowns, and the caption alone speaks. Large k: noise that is not there is removed.",
        ),
        Group(
            "From pure noise: right for the denoiser, wrong for the decoder",
            strip(result.generated, "a generated picture"),
            "The finished latent is divided by k. Large k: a grey blur; small k: colours burn.",
        ),
    ]


def scale_charts(result: ScaleResult) -> list[Chart]:
    """What the picture kept, and the signal-to-noise ratio that the denoiser met, against k."""
    kept = Series("after denoising", result.factors, result.psnr, "decoder")
    assumed = result.ratio[result.factors.index(1.0)]
    return [
        Chart(
            "What is left of the picture", "k", "PSNR in dB", (kept,),
            x_log=True, marks=((1.0, "right scale"),),
        ),
        Chart(
            "Signal to noise: in truth, and as the denoiser believes",
            "k",
            "power ratio",
            (
                Series("in truth: grows with k²", result.factors, result.ratio, "noise"),
                Series("as the step t says", result.factors, (assumed,) * len(result.factors), "text"),
            ),
            x_log=True,
            y_log=True,
            marks=((1.0, "right scale"),),
        ),
    ]  # fmt: skip


def scale_facts(result: ScaleResult, guess: float) -> list[Fact]:
    """What became of the guess at the factor that does least harm, and the visitor's own factor in numbers."""
    wrong = {k: value for k, value in zip(result.factors, result.psnr, strict=True) if k in LADDER and k != 1}
    best = max(wrong, key=lambda k: wrong[k])
    word = "Right" if guess == best else "Not here"
    said = f"you said {guess:g}; k = {best:g} keeps {wrong[best]:.1f} dB"
    own = result.factors.index(round(result.request.factor, 3))
    one = result.factors.index(1.0)
    return [
        Fact("Your guess", word, said, "text"),
        Fact("Your k", f"{result.factors[own]:g}", "factor on every latent", "latent"),
        Fact("Signal to noise", f"{result.ratio[own] / result.ratio[one]:.3g} ×", "what the denoiser expects", "noise"),
        Fact("PSNR", f"{result.psnr[own]:.1f} dB", f"{result.psnr[one]:.1f} dB at the right scale", "decoder"),
    ]
