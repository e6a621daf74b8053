"""What is left when one stage of the model is left out: a row of pictures for each arm, and what the judge reads."""

import math

from app.core.pictures import to_picture
from app.figures.parts import Chart, Fact, Group, Kind, Series, Tile
from app.labs.leave_out import EVERY, LEFT_OUT, LINEAR, NO_CAPTION, NO_DECODER, NO_DENOISER, Arm, LeaveOutResult

SAYS: dict[str, str] = {
    EVERY: "Text encoder, denoiser and decoder, as in the ribbon.",
    NO_CAPTION: "The same noise, the empty caption: a good picture, of whatever the noise suggests.",
    NO_DENOISER: "The decoder is handed the noise itself: it rebuilds what is in the latent, and nothing is.",
    NO_DECODER: "Three channels of the finished latent as red, green and blue: the blueprint, not the building.",
    LINEAR: "The best weighted sum of a latent cell's values for each of its pixels, found on training scenes: the "
    "decoder's work is what goes beyond that.",
}
KIND: dict[str, Kind] = {
    EVERY: "pixel",
    NO_CAPTION: "text",
    NO_DENOISER: "noise",
    NO_DECODER: "latent",
    LINEAR: "latent",
}
CANDIDATES = LEFT_OUT
"""What a visitor can guess: which stage can be left out so that the judge still finds most of the caption."""


def arm_groups(result: LeaveOutResult) -> list[Group]:
    """Return the pictures of each arm; picture k of every arm starts from the same noise."""
    seeds = result.request.seeds
    return [
        Group(
            arm.name.capitalize(),
            tuple(
                Tile(f"seed {seed}", KIND[arm.name], to_picture(picture), f"{arm.name}, seed {seed}")
                for seed, picture in zip(seeds, arm.pictures, strict=True)
            ),
            SAYS[arm.name],
        )
        for arm in result.arms
    ]


def arm_chart(result: LeaveOutResult, revealed: bool = True) -> Chart | None:
    """Return what the judge reads as asked, for each arm; None where nothing was graded.

    revealed: False shows the arm with every stage alone, which comes before the guess.
    """
    if any(arm.right is None for arm in result.arms):
        return None
    names = tuple(arm.name for arm in result.arms)
    shares = tuple(100 * (arm.mean_right or 0.0) for arm in result.arms)
    shares = shares if revealed else shares[:1] + (math.nan,) * (len(shares) - 1)
    numbers = tuple(float(k) for k in range(len(shares)))
    bars = Series("attributes as asked", numbers, shares, "decoder", "bars", labels=names)
    note = f"Mean over {result.request.pictures} pictures. From the left: {', '.join(names)}."
    note += "" if revealed else " The other bars come with your guess."
    return Chart("What does the judge read as asked?", "arm", "attributes as asked in %", (bars,), note)


def arm_facts(result: LeaveOutResult, guess: str | None) -> list[Fact]:
    """Guess and measurement, and how large each network is."""
    kinds: dict[str, Kind] = {
        "VAE encoder": "latent",
        "text encoder": "text",
        "denoiser": "noise",
        "VAE decoder": "decoder",
    }
    sizes = [
        Fact(
            name[0].upper() + name[1:],
            f"{result.parameters[name]:,}",
            "parameters" + (", not called here" if name == "VAE encoder" else ""),
            kind,
        )
        for name, kind in kinds.items()
    ]
    return [*_guess_facts(result, guess), *sizes]


def _guess_facts(result: LeaveOutResult, guess: str | None) -> list[Fact]:
    graded = [arm for arm in result.arms if arm.name in CANDIDATES and arm.right is not None]
    if guess is None:
        return []
    best = max(graded, key=lambda arm: arm.mean_right or 0.0, default=None)
    said = Fact("Your guess", guess, "most of the caption is still found", "text")
    if best is None:
        return [said, Fact("Measured", "look yourself", "no judge can read this caption", "decoder")]
    verdict = "as you guessed" if best.name == guess else "not as you guessed"
    return [
        said,
        Fact(
            "Measured",
            best.name,
            f"{_percent(best)} as asked, mean of {len(best.right or ())} pictures: {verdict}",
            "decoder",
        ),
    ]


def _percent(arm: Arm) -> str:
    return f"{arm.mean_right:.0%}"
