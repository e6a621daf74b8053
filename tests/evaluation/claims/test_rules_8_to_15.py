"""The rules that turn figures into verdicts, on made-up figures on both sides of each threshold: claims 8 to 15."""

from dataclasses import replace

import numpy as np
import pytest

from app.evaluation.claims.blueprint import detail_check, order_checks
from app.evaluation.claims.costs import race_checks
from app.evaluation.claims.decoding import upscaling_checks
from app.evaluation.claims.detail import composition_check, detail_checks
from app.evaluation.claims.faults import CONDITIONING, HASTY, VAE, WEAK, Marks, fault_checks
from app.evaluation.claims.material import ATTRIBUTES
from app.evaluation.claims.remedies import CHANNELS, DECODER, REFINER, Remedy, remedy_checks
from app.evaluation.claims.structure import (
    ANOTHER_THROUGH_MAP,
    GRADED_AGAINST_IT,
    THROUGH_MAP,
    caption_checks,
)
from app.evaluation.claims.trade import trade_checks
from app.evaluation.rates import wilson
from tests.evaluation.claims.made_up import FAILS, HOLDS, LIMIT, OPEN, N, around, call, costs, hits, rates, verdict


@pytest.mark.parametrize(
    ("decoder", "weights", "seconds", "expected"),
    [
        (10, 100, 1e-7, HOLDS),
        (10, 100, 4e-7, LIMIT),
        (700, 0, 1e-7, LIMIT),
        (10, 480, 1e-7, LIMIT),
        (20 * 640, 0, 1e-7, FAILS),
    ],
)
def test_8_latents_must_cost_less_with_their_decoder(decoder, weights, seconds, expected):
    made = costs(race_pixels=640)
    made |= {f"race_{name}": call(seconds, 160, 160) for name in ("f4c4", "f8c4")}
    made |= {f"decoder of {name}": call(1e-9, decoder, decoder) for name in ("f4c4", "f8c4")}
    assert verdict(race_checks(made, dict.fromkeys(("f4c4", "f8c4"), weights))) == expected
    without_memory = {name: replace(cost, peak_bytes=None) for name, cost in made.items()}
    assert verdict(race_checks(without_memory, dict.fromkeys(("f4c4", "f8c4"), weights))) in (expected, HOLDS)


def test_8_it_is_said_from_how_many_pictures_the_weights_are_made_up_for():
    made = costs(race_pixels=640, race_f4c4=160, race_f8c4=640)
    made |= {f"decoder of {name}": call(1e-9, 10, 10) for name in ("f4c4", "f8c4")}
    turned = [check.seen for check in race_checks(made, {"f4c4": 1000, "f8c4": 1000}) if "weights" in check.seen]
    assert turned[0].endswith("it turns at 3 pictures at a time")  # 1000 + 3 * 160 < 3 * 640
    assert turned[1].endswith("it never turns")


def test_8_a_clock_that_swings_says_nothing():
    made = costs(race_pixels=640)
    made |= {f"race_{name}": call(2.5e-7, 160, 160, spread=0.9) for name in ("f4c4", "f8c4")}
    made |= {f"decoder of {name}": call(1e-9, 10, 10) for name in ("f4c4", "f8c4")}
    clock = [check.outcome for check in race_checks(made, {"f4c4": 0, "f8c4": 0}) if "clock" in check.seen]
    assert clock == [None, None]


@pytest.mark.parametrize(
    ("fine", "latent", "expected"),
    [((0.9, 0.7, 0.4), 0.1, HOLDS), ((0.9, 0.7, 0.4), 0.5, LIMIT), ((0.9, 0.95, 0.4), 0.1, FAILS),
     ((0.995, 0.7, 0.4), 0.1, FAILS)],
)  # fmt: skip
def test_9_each_rung_must_keep_less_of_the_fine(fine, latent, expected):
    shares = {f"rung {n}": (around(0.99), around(value)) for n, value in enumerate(fine)}
    about = {"pixels": around(0.3)} | {name: around(latent) for name in shares}
    assert verdict(detail_checks(shares, about)) == expected


@pytest.mark.parametrize(
    ("place", "colour", "expected"), [(100, 82, True), (97, 82, True), (60, 82, False), (91, 82, None)]
)
def test_9_a_denoiser_on_latents_must_compose_as_well(place, colour, expected):
    def rates(*hundreds):
        found = zip(("background", "place", "colour"), hundreds, strict=True)
        return {name: wilson(round(4.58 * each), 458) for name, each in found}

    assert composition_check(rates(99, place, colour), rates(99, 95, 70)).outcome is expected
    assert composition_check(rates(99, place, colour), rates(99, 95, 99)).outcome is False


@pytest.mark.parametrize(
    ("own", "empty", "against", "mapped", "texture", "expected"),
    [
        (0.8, 0.2, 0.8, 0.7, 0.9, HOLDS),
        (0.8, 0.2, 0.8, 0.7, 0.3, LIMIT),
        (0.8, 0.71, 0.8, 0.7, 0.9, FAILS),
        (0.8, 0.2, 0.29, 0.7, 0.9, FAILS),
        (0.8, 0.2, 0.8, 0.29, 0.9, FAILS),
    ],
)
def test_10_the_own_caption_must_be_heard_in_the_latent(own, empty, against, mapped, texture, expected):
    scores = {"own": own, "empty": empty, "another": 0.2, GRADED_AGAINST_IT: against}
    scores |= {THROUGH_MAP: mapped, ANOTHER_THROUGH_MAP: 0.2}
    made = {name: around(value) for name, value in scores.items()}
    assert verdict(caption_checks(made, hits(rest=0.9, texture=texture), hits(rest=0.3))) == expected


TEXTURED = np.arange(N) % 2 == 0


@pytest.mark.parametrize(
    ("place", "kind", "texture", "expected"),
    [(3, 9, 9, HOLDS), (3, 9, 2.9, LIMIT), (3, 3.5, 3.5, FAILS), (18, 20, 20, HOLDS), (28, 35, 35, FAILS)],
)
def test_11_composition_must_come_first(place, kind, texture, expected):
    steps = {"background": 3, "place": place, "colour": 3, "size": 3, "kind": kind, "texture": texture}
    decided = {name: around(value) for name, value in steps.items()}
    decided["texture"] = np.where(TEXTURED, decided["texture"], 1.0)  # plain things are read as plain from the start
    assert verdict(order_checks(decided, TEXTURED)) == expected
    none = order_checks(decided, np.zeros(N, bool))
    assert none[1].outcome in (None, False)


def test_11_what_is_not_later_comes_with_its_figures():
    decided = {name: around(3.0) for name in ATTRIBUTES} | {"kind": around(9.0), "texture": around(2.5)}
    (_, limit) = order_checks(decided, TEXTURED)
    assert "texture (2.5) than place (3.0)" in limit.seen
    assert "kind" not in limit.seen


@pytest.mark.parametrize(("shown", "expected"), [(-0.5, True), (0.49, True), (0.51, False)])
def test_11_detail_must_come_with_the_decoder(shown, expected):
    power = around(0.02)
    assert detail_check(power, (1 - shown) * power).outcome is expected


@pytest.mark.parametrize(
    ("decoded", "texture", "kind", "expected"),
    [(30, 0.9, 0.9, HOLDS), (30, 0.9, 0.8, LIMIT), (30, 0.9, 0.855, LIMIT), (25.2, 0.9, 0.9, FAILS),
     (30, 0.2, 0.9, FAILS), (30, 0.3, 0.9, OPEN)],
)  # fmt: skip
def test_12_decoding_must_beat_upscaling(decoded, texture, kind, expected):
    quality = {"decoded": around(decoded), "bicubic": around(25), "nearest": around(23)}
    read = {"decoded": hits(rest=0.95, texture=texture, kind=kind)}
    read |= dict.fromkeys(("bicubic", "nearest"), hits(rest=0.3))
    assert verdict(upscaling_checks("f8c4", quality, read, hits(rest=0.95))) == expected


@pytest.mark.parametrize(
    ("place", "left", "weak_kind", "weak_place", "hasty", "kind", "expected"),
    [
        (0.8, -2, 0.6, 0.4, 0, 0.02, HOLDS),
        (0.8, -2, 0.6, 0.4, -0.26, 0.02, LIMIT),
        (0.8, -2, 0.6, 0.1, 0, 0.02, LIMIT),
        (0.8, -2, 0.6, 0.4, 0, 0.3, LIMIT),
        (0.8, -2, 0.01, 0.4, 0, 0.3, FAILS),
        (0.01, -2, 0.6, 0.4, 0, 0.02, FAILS),
        (0.05, -2, 0.6, 0.4, 0, 0.02, OPEN),
        (0.8, 0.5, 0.6, 0.4, 0, 0.02, FAILS),
    ],
)
def test_13_faults_must_leave_their_own_marks(place, left, weak_kind, weak_place, hasty, kind, expected):
    marks = {
        CONDITIONING: Marks(rates(rest=place), around(0)),
        WEAK: Marks(rates(rest=0.5, kind=weak_kind, place=weak_place), around(0)),
        HASTY: Marks(rates(rest=0.5), around(hasty)),
        VAE: Marks(rates(rest=0.1, kind=kind), around(left)),
    }
    assert verdict(fault_checks(marks)) == expected
    if expected == HOLDS:
        blurred = marks | {WEAK: replace(marks[WEAK], sharpness=around(-0.3))}
        assert verdict(fault_checks(blurred)) == LIMIT


@pytest.mark.parametrize(
    ("gains", "fine", "expected"),
    [
        ((2, 1, 1), 0.1, HOLDS),
        ((2, 0.2, 1), 0.1, LIMIT),
        ((1, 0.9, 1), 0.1, LIMIT),  # channels gain no more than more training does
        ((0.2, 0.2, 0.2), 0.1, FAILS),
        ((2, 1, 1), -0.1, FAILS),  # PSNR that comes with less detail
    ],
)
def test_14_a_remedy_must_bring_detail_back(gains, fine, expected):
    run = {
        how: Remedy(around(28), around(28 + gain), around(0.5), around(0.5 + fine))
        for how, gain in zip((CHANNELS, DECODER, REFINER), gains, strict=True)
    }
    assert verdict(remedy_checks({"scenes": run, "photos": run})) == expected


@pytest.mark.parametrize(
    ("quality", "fine", "operations", "seconds", "expected"),
    [
        ((38, 35, 28, 22), (0.9, 0.8, 0.6, 0.3), (32, 16, 8, 4), (8, 4, 2, 1), HOLDS),
        ((38, 35, 28, 22), (0.9, 0.8, 0.6, 0.3), (32, 16, 8, 4), (8, 4, 2, 1.9), LIMIT),
        ((38, 35, 34.8, 22), (0.9, 0.8, 0.6, 0.3), (32, 16, 8, 4), (8, 4, 2, 1), FAILS),
        ((38, 35, 28, 22), (0.9, 0.8, 0.8, 0.3), (32, 16, 8, 4), (8, 4, 2, 1), FAILS),
        ((38, 35, 28, 22), (0.9, 0.8, 0.6, 0.3), (32, 16, 8, 8), (8, 4, 2, 1), FAILS),
    ],
)
def test_15_detail_and_cost_must_fall_together(quality, fine, operations, seconds, expected):
    names = ("race_f2c4", "race_f4c4", "race_f8c4", "race_f16c4")
    made = {name: call(s, o, 1) for name, o, s in zip(names, operations, seconds, strict=True)}
    rows = ({name: around(value) for name, value in zip(names, row, strict=True)} for row in (quality, fine))
    assert verdict(trade_checks(*rows, made)) == expected
