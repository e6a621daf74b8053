"""What the race shows: two lanes with their watches, what a step costs on every rung, and how the winner won."""

import math
from dataclasses import dataclass

from PIL import Image

from app.core.pictures import to_picture
from app.figures.parts import COUNTED, WITH_CHECKPOINT, Chart, Fact, Group, Kind, Series
from app.labs.compress_race import PIXELS, Lane, StepCost
from app.store.card import Card

LEADS = {
    "less than twice as long": (0.0, 2.0),
    "2 to 5 times as long": (2.0, 5.0),
    "5 to 20 times as long": (5.0, 20.0),
    "over 20 times as long": (20.0, float("inf")),
}
"""What a visitor may guess of the watches: at least and less than so many times."""


def was_guessed(guess: str, times: float) -> bool:
    """Say whether a measured lead lies in a guess of LEADS."""
    low, high = LEADS.get(guess, (0.0, 0.0))
    return low <= times < high


@dataclass(frozen=True)
class LaneCard:
    """One lane in words. share: of the steps done, 0 to 1; note: what the picture is, or why there is none."""

    title: str
    kind: Kind
    watch: str
    steps: str
    share: float
    finished: bool
    note: str
    facts: tuple[tuple[str, str], ...]
    picture: Image.Image | None


def lane_card(lane: Lane, steps: int) -> LaneCard:
    """Return a lane as it stands."""
    cost, latents = lane.cost, lane.name != PIXELS
    facts = [
        ("values", f"{cost.values:,}"),
        ("operations a step", amount(cost.step_operations)),
        ("peak memory", memory(max(cost.step_bytes, cost.decode_bytes))),
        ("decoding", clock(lane.decode_seconds) if latents and lane.finished else "at the end" if latents else "none"),
    ]
    return LaneCard(
        f"On the latents of {lane.name}" if latents else "On pixels",
        "latent" if latents else "pixel",
        f"{lane.seconds:.2f} s",
        f"step {lane.done} of {steps}",
        lane.done / steps,
        lane.finished,
        _note(lane),
        tuple(facts),
        None if lane.picture is None else to_picture(lane.picture[0]),
    )


def _note(lane: Lane) -> str:
    if not lane.trained:
        return "Not trained yet, so its sample is missing: only its speed is real."
    if lane.finished:
        return "Its sample, at the end of its steps."
    return "What it expects so far, shown off the watch." if lane.done else "Waiting for the start."


def race_facts(lanes: tuple[Lane, Lane], steps: int) -> list[Fact]:
    """Return how many times less work, memory and time latents take; times while both are finished."""
    pixels, latents = lanes
    work = [lane.cost.step_operations * steps + lane.cost.decode_operations for lane in lanes]
    held = [max(lane.cost.step_bytes, lane.cost.decode_bytes) for lane in lanes]
    facts = [
        Fact("Operations", f"{work[0] / work[1]:.1f} times fewer", f"{steps} steps and the decoder, counted", "latent"),
        Fact(
            "Memory at once", f"{held[0] / held[1]:.1f} times less", "counted from shapes, weights left out", "latent"
        ),
    ]
    if pixels.finished and latents.finished:
        times = pixels.seconds / latents.seconds
        facts.append(Fact("Time", f"{times:.1f} times less", _against_count(times, work[0] / work[1]), "decoder"))
    return facts


def _against_count(times: float, counted: float) -> str:
    if times < 0.8 * counted:
        return "less than the operations promise: small grids leave a processor waiting"
    return (
        "about as counted"
        if times < 1.25 * counted
        else "more than the operations promise: large grids leave its caches"
    )


def rung_chart(costs: dict[str, StepCost]) -> Chart:
    """Return the operations of a guided step on pixels and on every rung of the race, and of its decoder once."""
    halvings = tuple(0.0 if name == PIXELS else math.log2(int(name[1:].split("c")[0])) for name in costs)
    step = Series("one guided step", halvings, tuple(c.step_operations / 1e6 for c in costs.values()), kind="latent",
                  labels=tuple(costs))  # fmt: skip
    below = [(f, name, c) for f, (name, c) in zip(halvings, costs.items(), strict=True) if c.decode_operations]
    decode = Series("the decoder, once", tuple(f for f, _, _ in below),
                    tuple(c.decode_operations / 1e6 for _, _, c in below), kind="decoder",
                    labels=tuple(name for _, name, _ in below))  # fmt: skip
    note = "Counted from shapes. Each halving of the side takes three quarters of a step's work away."
    title, x_label = "What a step costs on every rung", "halvings of the side: f = 1, 2, 4, 8, 16"
    return Chart(title, x_label, "million operations", (step, decode), note, y_log=True, stamp=COUNTED)


def training_group(cards: list[Card], missing: list[str]) -> Group:
    """Return what each lane learnt in its training time, off the cards; missing: lanes that nobody has trained."""
    said = [_learnt(card) for card in cards]
    if missing:
        them = " and ".join("the denoiser on pixels" if name == PIXELS else f"the one on {name}" for name in missing)
        name = f"race_{missing[0]}"
        said.append(f"Samples are missing for {them}: train with python -m app train {name} --out checkpoints/{name}.")
    return Group("After equal training time", (), " ".join(said), stamp=WITH_CHECKPOINT)


def _learnt(card: Card) -> str:
    rate = card.metrics.get("one_thing", {}).get("all_attributes", {})
    seen = card.training.steps * card.training.batch_size
    drew = (
        f"{rate['rate']:.0%} of {rate['n']} pictures fully right" if rate.get("rate") is not None else "not graded yet"
    )
    core, wall = card.core_seconds, card.training.seconds
    took = f"{wall:.0f} s" if core is None else f"{core:.0f} s of one core"
    return f"{card.name}: {took}, {seen:,} examples, {drew}."


def amount(operations: float) -> str:
    """Return a number of operations for people: '115 million', '5.1 billion'."""
    for size, name in ((1e15, "quadrillion"), (1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if operations >= size:
            return f"{operations / size:.3g} {name}"
    return f"{operations:,.0f}"


def memory(count: float) -> str:
    """Return bytes for people: '0.17 MB', '2.6 GB'."""
    return f"{count / 1e9:.3g} GB" if count >= 1e9 else f"{count / 1e6:.3g} MB"


def clock(seconds: float) -> str:
    """Return a duration for people: '8 ms', '1.25 s', '3 min'."""
    if seconds < 1:
        return f"{1000 * seconds:.3g} ms"
    return (
        f"{seconds:.3g} s"
        if seconds < 120
        else f"{seconds / 60:.3g} min"
        if seconds < 7200
        else f"{seconds / 3600:.3g} h"
    )
