"""The smoothness meter as curves on one axis, the same pushes as pictures, and the steps of denoising among them."""

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.pictures import to_picture
from app.figures.parts import Chart, Fact, Group, Series, Tile
from app.labs.latent_trajectory import Trajectory
from app.labs.smoothness import Smoothness

PUSH_AXIS = "push, RMS of a value, in standard deviations of its channel"
ALIKE = "about all alike"
"""The answer when the liveliest space moves its pictures less than a tenth more than the calmest."""
MOVE_AXIS = "picture moves, RMS of a pixel"


def rung_title(name: str, kl_weight: float) -> str:
    """Return the name of a VAE with its KL weight, as people read it: 1e-4 rather than 0.0001 or 1e-04."""
    if kl_weight == 0:
        return f"{name} (plain autoencoder)"
    digits, exponent = f"{kl_weight:.2e}".split("e")
    small = f"{float(digits):g}e{int(exponent)}"
    return f"{name} (KL weight {small if kl_weight < 0.1 else f'{kl_weight:g}'})"


def smooth_chart(measured: list[Smoothness], titles: dict[str, str], trajectories: list[Trajectory]) -> Chart:
    """Return the meter of every VAE as a line and the steps of every denoiser as points, on shared axes."""
    colours = _colours(titles, trajectories)
    lines = [
        Series(titles.get(m.vae, m.vae), m.sizes, m.moved, low=m.low, high=m.high, colour=colours.get(m.vae))
        for m in measured
    ]
    points = [
        Series(
            f"steps of {t.model}",
            t.latent_moved,
            t.picture_moved,
            style="points",
            labels=tuple(f"step {k} to {k + 1}" for k in range(1, len(t.latent_moved) + 1)),
            colour=colours[t.vae],
        )
        for t in trajectories
    ]
    note = (
        "Lower is smoother. Lines: random pushes. Dots: the steps that denoising itself takes, in the colour of the "
        "VAE in whose latents it works."
    )
    return Chart(
        "How far does the picture move?", PUSH_AXIS, MOVE_AXIS, (*lines, *points), note, x_log=True, y_log=True
    )


def _colours(titles: dict[str, str], trajectories: list[Trajectory]) -> dict[str, int]:
    """Number the VAEs, so that each has one colour in all charts: the ladder first, then what denoisers have beside."""
    names = dict.fromkeys([*titles, *(t.vae for t in trajectories)])
    return {name: number for number, name in enumerate(names)}


def gain_chart(trajectories: list[Trajectory], titles: dict[str, str]) -> Chart:
    """Return how strongly each denoising step's latent change shows in the picture."""
    colours = _colours(titles, trajectories)
    lines = tuple(
        Series(t.model, tuple(range(2, len(t.gains) + 2)), t.gains, colour=colours[t.vae])  # what arrives at a step
        for t in trajectories
    )
    note = "A smooth decoder answers every step alike; an erratic one would answer some far more strongly than others."
    return Chart("Along a denoising run", "denoising step", "picture moved per std of the latent", lines, note)


def push_group(title: str, pictures: Float[Tensor, "n 3 H W"], sizes: tuple[float, ...]) -> Group:
    """Return one scene decoded as it is and after a push of each size."""
    names = ["no push", *(f"{size:g} std" for size in sizes)]
    tiles = tuple(
        Tile(name, "decoder", to_picture(picture), f"{title}, {name}")
        for name, picture in zip(names, pictures, strict=True)
    )
    return Group(title, tiles, "The same scene, its latent pushed in the same random direction.")


def smooth_facts(measured: list[Smoothness], titles: dict[str, str], size: float, guess: str | None) -> list[Fact]:
    """Say which VAE moves least and most at one size, and compare with the guess."""
    at = {m.vae: m.moved[m.sizes.index(size)] for m in measured}
    calm, wild = min(at, key=lambda name: at[name]), max(at, key=lambda name: at[name])
    ratio = at[wild] / max(at[calm], 1e-9)
    alike = ratio < 1.1
    verdict = ALIKE if alike else titles.get(calm, calm)
    facts = []
    if guess is not None:
        facts.append(Fact("Your guess", guess, "", "text"))
        facts.append(
            Fact("Measured", verdict, "as you guessed" if guess == verdict else "not as you guessed", "decoder")
        )
    name = titles.get(wild, wild)
    facts.append(Fact("Least to most", f"{ratio:.2f} times", f"{name} moves most at {size:g} std, n = {measured[0].n}"))
    return facts


def trajectory_facts(trajectories: list[Trajectory]) -> list[Fact]:
    """Say how unevenly the decoder answers the steps of each run."""
    facts = []
    for t in trajectories:
        gains = torch.tensor(t.gains)
        spread = float(gains.max() / gains.median().clamp_min(1e-9))
        facts.append(
            Fact(f"Denoising with {t.model}", f"{spread:.1f} times", "strongest answer to a step against the median")
        )
    return facts
