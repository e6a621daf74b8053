"""Where is the sweet spot? What each VAE rebuilds against what a denoiser in its latents draws, off the cards alone."""

from dataclasses import dataclass
from typing import Any

from app.labs.compress_race import PIXELS, RUNGS
from app.store.card import Card
from app.store.catalogue import Catalogue

RACED = tuple(f"race_{name}" for name in (PIXELS, *RUNGS))
"""Those that differ in what they diffuse alone; other race denoisers have another target or KL weight."""


@dataclass(frozen=True)
class Spot:
    """One model of the zoo: a denoiser with its VAE, or a VAE alone (denoiser ''). n: pictures that were graded.

    psnr, ssim: of held-out scenes; ceiling: share of reconstructions that the judge reads fully right. drawn, low,
    high: the same for what the denoiser draws of one thing, with its 95 % interval. training_seconds: of one core, or
    by the wall clock where a step was not timed. None is what no card holds.
    """

    vae: str
    denoiser: str
    reduction: float
    values: int
    psnr: float | None
    ssim: float | None
    ceiling: float | None
    drawn: float | None
    low: float | None
    high: float | None
    n: int
    training_seconds: float
    timed: bool
    step_ms: float | None

    @property
    def name(self) -> str:
        """The denoiser, or the VAE alone."""
        return self.denoiser or self.vae

    @property
    def raced(self) -> bool:
        """Whether it had the race's design, target and training time, and so may be compared with others that had."""
        return self.denoiser in RACED


@dataclass(frozen=True)
class SpotResult:
    """spots: every VAE alone, and every denoiser. missing: rungs nobody has raced on."""

    spots: tuple[Spot, ...]
    missing: tuple[str, ...]

    def find(self, name: str) -> Spot | None:
        """Return the spot of this name."""
        return next((spot for spot in self.spots if spot.name == name), None)

    @property
    def raced(self) -> tuple[Spot, ...]:
        """Return those that may be compared with each other and were graded."""
        return tuple(spot for spot in self.spots if spot.raced and spot.drawn is not None)

    @property
    def best(self) -> Spot | None:
        """Of the raced ones, what draws best; None while fewer than two of them can be compared."""
        return max(self.raced, key=lambda spot: spot.drawn or 0.0) if len(self.raced) > 1 else None

    @property
    def rivals(self) -> tuple[Spot, ...]:
        """Return the raced ones whose interval reaches into that of the best: which of them is best is not settled."""
        best = self.best
        if best is None or best.low is None:
            return ()
        return tuple(spot for spot in self.raced if spot is not best and (spot.high or 0.0) >= best.low)


def read_spots(catalogue: Catalogue) -> SpotResult:
    """Read the cards of all VAEs and denoisers at hand; nothing is measured."""
    vaes = [catalogue.card(name) for name in catalogue.names("vae") if catalogue.card(name).training.side == 64]
    denoisers = [catalogue.card(name) for name in catalogue.names("denoiser")]
    spots: list[Spot] = []
    for vae in vaes:
        spots += [_spot(vae, card) for card in (None, *denoisers) if card is None or card.partner == vae.name]
    spots += [_pixels(card) for card in denoisers if not card.partner]
    raced = {spot.vae for spot in spots if spot.raced}
    return SpotResult(tuple(spots), tuple(name for name in RUNGS if name not in raced))


def _spot(vae: Card, denoiser: Card | None) -> Spot:
    f, c = int(vae.config["f"]), int(vae.config["c"])
    scenes = vae.metrics.get("held_out_scenes", {})
    ceiling = _rate(vae.metrics, "judge_reads_reconstructions")
    return Spot(
        vae.name, denoiser.name if denoiser else "", 3 * f * f / c, c * (64 // f) ** 2, scenes.get("psnr_db"),
        scenes.get("ssim"), ceiling.get("rate"), *_drawn(denoiser),
    )  # fmt: skip


def _pixels(denoiser: Card) -> Spot:
    """A denoiser on pixels loses nothing: it has no reconstruction to measure, and its ceiling is the judge's own."""
    return Spot("pixels", denoiser.name, 1.0, 3 * 64 * 64, None, 1.0, 1.0, *_drawn(denoiser))


def _drawn(denoiser: Card | None) -> tuple[Any, ...]:
    if denoiser is None:
        return None, None, None, 0, 0.0, False, None
    rate = _rate(denoiser.metrics, "one_thing")
    cost = denoiser.metrics.get("cost", {})
    seconds = denoiser.core_seconds or denoiser.training.seconds
    return (
        rate.get("rate"),
        rate.get("low"),
        rate.get("high"),
        int(rate.get("n", 0)),
        seconds,
        denoiser.core_seconds is not None,
        cost.get("guided_step_ms"),
    )


def _rate(metrics: dict[str, Any], group: str) -> dict[str, Any]:
    found = metrics.get(group, {}).get("all_attributes", {})
    return found if isinstance(found, dict) else {}
