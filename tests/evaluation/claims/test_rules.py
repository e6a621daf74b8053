"""The rules that turn figures into verdicts, on made-up figures on both sides of each threshold."""

from dataclasses import replace

import numpy as np
import pytest

from app.evaluation.claims.blueprint import Marks, fault_checks, order_checks
from app.evaluation.claims.claim import Check, conclude, every, some
from app.evaluation.claims.compression import compression_checks, detail_checks, upscaling_checks
from app.evaluation.claims.costs import WIDE, race_checks, step_cost_checks, trade_checks
from app.evaluation.claims.denoising import Gradients, posterior_checks, step_checks
from app.evaluation.claims.material import ATTRIBUTES, CHANCE
from app.evaluation.claims.regularity import balance_checks, smoothness_checks
from app.evaluation.claims.remedies import Remedy, remedy_checks
from app.evaluation.claims.statistics import exceeds, hits_more_often, larger, mean_of, more_often
from app.evaluation.claims.structure import GRADED_AGAINST_IT, caption_checks, stage_checks
from app.evaluation.cost import Cost
from app.evaluation.rates import wilson

N = 200
HOLDS, LIMIT, FAILS, OPEN = "holds", "holds with a limit", "does not hold here", "undecided"


def around(mean, n=N):
    """Values with this mean and a small spread; equal means give equal values."""
    return mean + 0.001 * np.linspace(-1, 1, n)


def verdict(checks):
    return conclude((), checks).verdict


def hits(n=N, **shares):
    """Right on the first pictures, as many as the share says: of two readings, one is right wherever the other is."""
    return {name: np.arange(n) < round(shares.get(name, shares["rest"]) * n) for name in ATTRIBUTES}


def rates(n=N, **shares):
    return {name: wilson(int(each.sum()), n) for name, each in hits(n, **shares).items()}


@pytest.mark.parametrize(
    ("core", "other", "expected"),
    [
        ([True, True], [True], HOLDS),
        ([True, True], [False], LIMIT),
        ([True, True], [None], LIMIT),
        ([True, False], [True], FAILS),
        ([None, False], [True], FAILS),
        ([True, None], [True], OPEN),
    ],
)
def test_how_checks_add_up(core, other, expected):
    checks = [Check(f"core {n}", o) for n, o in enumerate(core)] + [Check("other", o, core=False) for o in other]
    finding = conclude((), checks)
    assert finding.verdict == expected
    assert ("The limit: other" in finding.why) == (expected == LIMIT)
    assert ("too few" in finding.why.lower()) == (expected == OPEN or None in other)


def test_three_valued_logic():
    assert [every([True, True]), every([True, None]), every([None, False]), every([])] == [True, None, False, True]
    assert [some([False, False]), some([False, None]), some([None, True]), some([])] == [False, None, True, False]


@pytest.mark.parametrize("n", [10, 100, 10_000])
def test_an_interval_on_both_sides_of_a_threshold_is_no_answer_however_many_there_are(n):
    flip = np.tile([-1.0, 1.0], n // 2)
    half = mean_of(flip).high
    assert half == pytest.approx(1.96 / n**0.5, rel=0.06)
    assert [exceeds(flip + by * half, 0.0) for by in (1.01, 0.99, 0, -0.99, -1.01)] == [True, None, None, None, False]
    assert exceeds(np.array([5.0]), 0.0) is None
    assert more_often(wilson(n // 2 + 1, n), wilson(n // 2, n)) is None


def test_comparisons_tell_more_from_less():
    assert larger(around(3.0), around(2.0), 0.9) is True
    assert larger(around(3.0), around(2.0), 1.1) is False
    assert more_often(wilson(90, 100), wilson(60, 100)) is True
    assert more_often(wilson(1, 50), wilson(49, 50)) is False
    assert more_often(wilson(0, 0), wilson(49, 50)) is None


def test_readings_of_the_same_pictures_are_compared_where_they_differ():
    """62 against 55 of 100: as rates of different pictures undecided, but here the first is right wherever one is."""
    first, second = np.arange(100) < 62, np.arange(100) < 55
    assert more_often(wilson(62, 100), wilson(55, 100)) is None
    assert [hits_more_often(first, second), hits_more_often(second, first)] == [True, False]
    crossed = np.roll(second, 45)  # the same rate, on other pictures
    assert hits_more_often(first, crossed) is None
    assert hits_more_often(first, first) is None


@pytest.mark.parametrize(
    ("whole", "without", "encoder", "expected"),
    [
        (0.8, CHANCE, 1, HOLDS),
        (0.8, CHANCE, 0, LIMIT),
        (0.8, CHANCE + 0.49 * (0.8 - CHANCE), 1, HOLDS),
        (0.8, CHANCE + 0.51 * (0.8 - CHANCE), 1, FAILS),
        (CHANCE, CHANCE, 1, OPEN),
        (CHANCE - 0.01, CHANCE, 1, FAILS),
    ],
)
def test_1_a_stage_is_needed_if_half_goes_without_it(whole, without, encoder, expected):
    scores = {"every stage": around(whole), "without the caption": around(without)}
    assert verdict(stage_checks(scores, {"VAE encoder": encoder})) == expected


@pytest.mark.parametrize(
    ("latents", "jpeg", "photo", "expected"),
    [(28, 25, 25, HOLDS), (28, 25, 29, LIMIT), (28, 28.5, 25, FAILS), (24.9, 20, 20, FAILS)],
)
def test_2_latents_must_beat_codes_made_by_hand(latents, jpeg, photo, expected):
    def run(other):
        return {"latents": around(latents), "JPEG": around(other), "WebP": around(20), "components": around(20)}

    assert verdict(compression_checks({"f8c4, scenes": run(jpeg), "f8c4, photos": run(photo)})) == expected


def costs(**operations):
    return {name: Cost(value / 1e9, value, value) for name, value in operations.items()}


LADDER_COSTS = {"race_pixels": 640, "race_f2c4": 320, "race_f4c4": 160, "race_f8c4": 80, "race_f16c4": 40}


@pytest.mark.parametrize(
    ("change", "wide", "expected"),
    [
        ({}, 100, HOLDS),
        ({}, 81, LIMIT),
        ({"race_pixels": 319}, 100, FAILS),
        ({"race_f16c4": 81}, 100, FAILS),
        ({"race_pixels": 600, "race_f8c4": 155}, 200, FAILS),
    ],
)
def test_3_steps_must_get_substantially_cheaper(change, wide, expected):
    assert verdict(step_cost_checks(costs(**(LADDER_COSTS | change)) | {WIDE: Cost(1.0, wide, 1)})) == expected


@pytest.mark.parametrize(
    ("found", "drawn", "code", "width", "expected"),
    [
        ((1.0, 1e-6, 0.0), 0.05, 0.0, 0.1, HOLDS),
        ((1.0, 1e-6, 0.0), 0.05, 0.0, 0.04, LIMIT),
        ((1.0, 1e-6, 0.0), 0.007, 0.0, 0.1, LIMIT),
        ((0.5, 1e-6, 0.0), 0.05, 0.0, 0.1, FAILS),
        ((1.0, 0.02, 0.0), 0.05, 0.0, 0.1, FAILS),
        ((1.0, 1e-6, 1.0), 0.05, 0.0, 0.1, FAILS),
        ((1.0, 1e-6, 0.0), 0.05, 0.05, 0.1, FAILS),
    ],
)
def test_4_gradients_must_pass_with_the_trick_alone(found, drawn, code, width, expected):
    checks = posterior_checks(
        Gradients(*found, 8), around(drawn), around(code) if code else 0 * around(0), around(width)
    )
    assert verdict(checks) == expected


KL = ("small_kl1e-6", "small_kl1e-4", "small_kl1e-2", "small_kl1")


@pytest.mark.parametrize(
    ("decibels", "bits", "expected"),
    [
        ((31, 30, 28, 20), (4, 0.4, 0.2, 0.1), HOLDS),
        ((31, 30, 28, 20), (4, 2, 0.2, 0.1), LIMIT),
        ((31, 31.5, 28, 20), (4, 0.4, 0.2, 0.1), LIMIT),
        ((20, 30, 28, 20.5), (4, 0.4, 0.2, 0.1), FAILS),
        ((31, 30, 28, 20), (4, 0.4, 0.45, 0.1), FAILS),
    ],
)
def test_5_kl_and_quality_must_fall_together(decibels, bits, expected):
    made = [{name: around(value) for name, value in zip(KL, row, strict=True)} for row in (decibels, bits)]
    assert verdict(balance_checks(*made)) == expected


@pytest.mark.parametrize(
    ("usual", "strong", "scores", "expected"),
    [
        (0.8, 0.5, (0.5, 0.7, 0.7), HOLDS),
        (0.95, 0.5, (0.5, 0.7, 0.7), LIMIT),
        (0.95, 0.95, (0.5, 0.7, 0.7), LIMIT),
        (0.8, 0.5, (0.7, 0.7, 0.7), LIMIT),
        (0.8, 0.5, (0.5, 0.7, 0.6), LIMIT),
        (0.95, 0.95, (0.7, 0.7, 0.7), FAILS),
    ],
)
def test_6_some_part_of_regularity_must_show(usual, strong, scores, expected):
    moves = {"small_kl0": 1.0, "small_kl1e-6": 1.0, "small_kl1e-4": usual, "small_kl1e-2": strong, "small_kl1": strong}
    moved = {name: {push: around(value) for push in (0.1, 0.3)} for name, value in moves.items()}
    races = {name: around(v) for name, v in zip(("race_kl0", "race_kl1e-4", "race_kl1"), scores, strict=True)}
    gains = {name: around(10.0) for name in moves}
    assert verdict(smoothness_checks(moved, gains, races)) == expected


@pytest.mark.parametrize(
    ("gain", "scores", "expected"),
    [
        (10.0, (0.7, 0.7, 0.7), LIMIT),
        (3.1, (0.7, 0.7, 0.7), LIMIT),
        (0.0, (0.7, 0.7, 0.7), FAILS),
        (0.0, (0.5, 0.7, 0.7), LIMIT),
    ],
)
def test_6_a_decoder_that_ignores_its_latents_is_not_smooth(gain, scores, expected):
    """It moves by nothing, and rebuilds no better than the mean picture."""
    moves = dict.fromkeys(("small_kl0", "small_kl1e-6", "small_kl1e-4"), 1.0) | dict.fromkeys(KL[2:], 0.0)
    moved = {name: {push: around(value) * bool(value) for push in (0.1, 0.3)} for name, value in moves.items()}
    gains = {name: around(gain if name in KL[2:] else 10.0) for name in moves}
    races = {name: around(v) for name, v in zip(("race_kl0", "race_kl1e-4", "race_kl1"), scores, strict=True)}
    assert verdict(smoothness_checks(moved, gains, races)) == expected


@pytest.mark.parametrize(
    ("at_half", "nearly_clean", "nearer", "expected"),
    [(0.9, 0.6, 0.9, HOLDS), (0.9, 0.4, 0.9, LIMIT), (0.49, 0.6, 0.9, FAILS), (0.9, 0.6, 0.49, FAILS)],
)
def test_7_noise_must_be_found(at_half, nearly_clean, nearer, expected):
    levels = {0.99: (around(nearly_clean), around(0.9)), 0.5: (around(at_half), around(0.9))}
    assert verdict(step_checks(levels, levels, around(nearer))) == expected


@pytest.mark.parametrize(
    ("decoder", "seconds", "expected"),
    [(10, 1e-7, HOLDS), (10, 4e-7, LIMIT), (700, 1e-7, LIMIT), (20 * 640, 1e-7, FAILS)],
)
def test_8_latents_must_cost_less_with_their_decoder(decoder, seconds, expected):
    made = costs(race_pixels=640)
    made |= {f"race_{name}": Cost(seconds, 160, 160) for name in ("f4c4", "f8c4")}
    made |= {f"decoder of {name}": Cost(1e-9, decoder, decoder) for name in ("f4c4", "f8c4")}
    assert verdict(race_checks(made)) == expected
    without_memory = {name: replace(cost, peak_bytes=None) for name, cost in made.items()}
    assert verdict(race_checks(without_memory)) in (expected, HOLDS)


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
    ("own", "empty", "against", "texture", "expected"),
    [(0.8, 0.2, 0.8, 0.9, HOLDS), (0.8, 0.2, 0.8, 0.3, LIMIT), (0.8, 0.71, 0.8, 0.9, FAILS),
     (0.8, 0.2, 0.29, 0.9, FAILS)],
)  # fmt: skip
def test_10_the_own_caption_must_be_heard(own, empty, against, texture, expected):
    scores = {"own": own, "empty": empty, "another": 0.2, GRADED_AGAINST_IT: against}
    made = {name: around(value) for name, value in scores.items()}
    assert verdict(caption_checks(made, hits(rest=0.9, texture=texture), hits(rest=0.3))) == expected


@pytest.mark.parametrize(
    ("place", "kind", "texture", "expected"),
    [(3, 9, 9, HOLDS), (3, 9, 2.9, LIMIT), (3, 3.5, 3.5, FAILS), (18, 20, 20, HOLDS), (28, 35, 35, FAILS)],
)
def test_11_composition_must_come_first(place, kind, texture, expected):
    steps = {"background": 3, "place": place, "colour": 3, "size": 3, "kind": kind, "texture": texture}
    assert verdict(order_checks({name: around(value) for name, value in steps.items()})) == expected


@pytest.mark.parametrize(
    ("decoded", "texture", "kind", "expected"),
    [(30, 0.9, 0.9, HOLDS), (30, 0.9, 0.8, LIMIT), (24, 0.9, 0.9, FAILS), (30, 0.2, 0.9, FAILS), (30, 0.3, 0.9, OPEN)],
)
def test_12_decoding_must_beat_upscaling(decoded, texture, kind, expected):
    quality = {"decoded": around(decoded), "bicubic": around(25), "nearest": around(23)}
    read = {"decoded": hits(rest=0.95, texture=texture, kind=kind)}
    read |= dict.fromkeys(("bicubic", "nearest"), hits(rest=0.3))
    assert verdict(upscaling_checks("f8c4", quality, read, hits(rest=0.95))) == expected


@pytest.mark.parametrize(
    ("place", "left", "hasty", "kind", "expected"),
    [(0.8, -2, 0, 0.02, HOLDS), (0.8, -2, -3, 0.02, LIMIT), (0.8, -2, 0, 0.3, LIMIT), (0.01, -2, 0, 0.02, FAILS),
     (0.05, -2, 0, 0.02, OPEN),     (0.8, 0.5, 0, 0.02, FAILS)],
)  # fmt: skip
def test_13_faults_must_leave_their_own_marks(place, left, hasty, kind, expected):
    marks = {
        "conditioning": Marks(rates(rest=place), around(0)),
        "diffusion": Marks(rates(rest=0.5), around(hasty)),
        "VAE": Marks(rates(rest=0.1, kind=kind), around(left)),
    }
    if expected == HOLDS:
        marks["diffusion"] = Marks(rates(rest=0.5), around(1))
    assert verdict(fault_checks(marks)) == expected


@pytest.mark.parametrize(("gains", "expected"), [((1, 1), HOLDS), ((1, 0.2), LIMIT), ((0.2, 0.2), FAILS)])
def test_14_a_remedy_must_help(gains, expected):
    run = {f"remedy {n}": Remedy(around(28), around(28 + gain)) for n, gain in enumerate(gains)}
    assert verdict(remedy_checks({"scenes": run, "photos": run})) == expected


@pytest.mark.parametrize(
    ("quality", "operations", "seconds", "expected"),
    [((38, 35, 28, 22), (32, 16, 8, 4), (8, 4, 2, 1), HOLDS), ((38, 35, 28, 22), (32, 16, 8, 4), (8, 4, 2, 1.9), LIMIT),
     ((38, 35, 35, 22), (32, 16, 8, 4), (8, 4, 2, 1), FAILS), ((38, 35, 28, 22), (32, 16, 8, 8), (8, 4, 2, 1), FAILS)],
)  # fmt: skip
def test_15_detail_and_cost_must_fall_together(quality, operations, seconds, expected):
    names = ("race_f2c4", "race_f4c4", "race_f8c4", "race_f16c4")
    made = {name: Cost(s, o, 1) for name, o, s in zip(names, operations, seconds, strict=True)}
    assert verdict(trade_checks({n: around(q) for n, q in zip(names, quality, strict=True)}, made)) == expected
