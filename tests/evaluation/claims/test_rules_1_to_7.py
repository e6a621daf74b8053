"""The rules that turn figures into verdicts, on made-up figures on both sides of each threshold: claims 1 to 7."""

import numpy as np
import pytest

from app.evaluation.claims.balance import balance_checks
from app.evaluation.claims.compression import compression_checks
from app.evaluation.claims.costs import WIDE, step_cost_checks
from app.evaluation.claims.denoising import Level, beyond, step_checks
from app.evaluation.claims.material import CHANCE
from app.evaluation.claims.posterior import Gradients, posterior_checks
from app.evaluation.claims.regularity import TRIALS, Smoothness, smoothness_checks
from app.evaluation.claims.structure import (
    LINEAR,
    WHOLE,
    stage_checks,
)
from app.evaluation.claims.verdict import conclude
from tests.evaluation.claims.made_up import FAILS, HOLDS, LIMIT, OPEN, around, call, costs, verdict


@pytest.mark.parametrize(
    ("whole", "without", "mapped", "expected"),
    [
        (0.8, CHANCE, CHANCE, HOLDS),
        (0.8, CHANCE, 0.7, LIMIT),
        (0.8, CHANCE + 0.49 * (0.8 - CHANCE), CHANCE, HOLDS),
        (0.8, CHANCE + 0.51 * (0.8 - CHANCE), CHANCE, FAILS),
        (CHANCE, CHANCE, CHANCE, OPEN),
        (CHANCE - 0.01, CHANCE, CHANCE, FAILS),
    ],
)
def test_1_a_stage_is_needed_if_half_goes_without_it(whole, without, mapped, expected):
    scores = {WHOLE: around(whole), "without the caption": around(without), LINEAR: around(mapped)}
    assert verdict(stage_checks(scores)) == expected


@pytest.mark.parametrize(
    ("latents", "jpeg", "webp", "photo", "expected"),
    [
        (28, 25, 20, 25, HOLDS),
        (28, 25, 20, 29, LIMIT),
        (28, 28.5, 20, 25, FAILS),
        (28, 25, 28.5, 25, FAILS),
        (24.9, 20, 20, 20, FAILS),
    ],
)
def test_2_latents_must_beat_codes_made_by_hand(latents, jpeg, webp, photo, expected):
    def run(jpeg, webp):
        return {"latents": around(latents), "JPEG": around(jpeg), "WebP": around(webp), "components": around(20)}

    runs = {"f8c4, scenes": run(jpeg, webp), "f8c4, photos": run(photo, 20)}
    assert verdict(compression_checks(runs)) == expected


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
    assert verdict(step_cost_checks(costs(**(LADDER_COSTS | change)) | {WIDE: call(1.0, wide, 1)})) == expected


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
        ((31, 30.8, 28, 20), (4, 0.4, 0.2, 0.1), LIMIT),
        ((20.2, 30, 28, 20), (4, 0.4, 0.2, 0.1), FAILS),
        ((20, 30, 28, 20.5), (4, 0.4, 0.2, 0.1), FAILS),
        ((31, 30, 28, 20), (4, 0.4, 0.45, 0.1), FAILS),
    ],
)
def test_5_kl_and_quality_must_fall_together(decibels, bits, expected):
    made = [{name: around(value) for name, value in zip(KL, row, strict=True)} for row in (decibels, bits)]
    assert verdict(balance_checks(*made)) == expected


def smoothness(usual=0.8, strong=0.5, tail=None, scores=(0.5, 0.7, 0.7), ceilings=(0.9, 0.9, 0.9), lost=0.0):
    """Movement of the usual and the strong rungs beside 1 of the others; tail: one push of eight goes so far instead.

    lost: PSNR in dB by which the strong rungs lie below the rest.
    """
    moves = {"small_kl0": 1.0, "small_kl1e-6": 1.0, "small_kl1e-4": usual, "small_kl1e-2": strong, "small_kl1": strong}
    several = {name: np.tile((around(value) * bool(value))[:, None], (1, TRIALS)) for name, value in moves.items()}
    if tail is not None:
        several["small_kl1e-4"][:, 0] = tail
    quality = {name: around(30.0 - lost * (name in KL[2:])) for name in moves}
    races = ("race_kl0", "race_kl1e-4", "race_kl1")
    rows = ({name: around(v) for name, v in zip(races, row, strict=True)} for row in (ceilings, scores))
    return smoothness_checks(Smoothness({n: {0.1: x, 0.3: x} for n, x in several.items()}, quality, *rows, 1200))


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
    assert verdict(smoothness(usual, strong, scores=scores)) == expected


def test_6_the_part_that_holds_is_named_first_and_the_scope_is_said():
    finding = conclude((), smoothness(0.95, 0.5, scores=(0.7, 0.7, 0.7)))
    assert finding.why.startswith(
        "What shows is: smoother decoding at a strong weight; measured at one capacity, 1,200"
    )
    assert "no smoother decoding at weight 1e-4" in finding.why
    assert "no easier denoising" in finding.why
    assert "no smoother decoding at a strong" not in finding.why


@pytest.mark.parametrize(("tail", "expected"), [(0.7, HOLDS), (1.0, LIMIT)])
def test_6_a_latent_space_with_a_long_tail_is_not_smooth(tail, expected):
    """Less movement in the mean, but as far in one push of eight."""
    assert verdict(smoothness(0.5, 0.5, tail=tail)) == expected


@pytest.mark.parametrize(
    ("lost", "scores", "expected"),
    [
        (2.9, (0.7, 0.7, 0.7), LIMIT),
        (3.1, (0.7, 0.7, 0.7), FAILS),
        (3.1, (0.5, 0.7, 0.7), LIMIT),
    ],
)
def test_6_a_decoder_that_ignores_its_latents_is_not_smooth(lost, scores, expected):
    """It moves by nothing, and rebuilds worse."""
    assert verdict(smoothness(1.0, 0.0, scores=scores, lost=lost)) == expected


@pytest.mark.parametrize(
    ("ceilings", "scores", "expected"),
    [
        ((0.9, 0.9, 0.5), (0.5, 0.7, 0.35), HOLDS),  # what the strong VAE does not show, its denoiser cannot draw
        ((0.9, 0.9, 0.9), (0.5, 0.7, 0.35), LIMIT),
        ((0.7, 0.9, 0.9), (0.5, 0.7, 0.7), LIMIT),  # nor is denoising to blame for what the plain one loses
    ],
)
def test_6_a_denoiser_answers_for_what_its_vae_shows_alone(ceilings, scores, expected):
    assert verdict(smoothness(0.8, 0.5, ceilings=ceilings, scores=scores)) == expected


def level(found, moved, copied=0.6):
    """found: share of the error that is removed beyond a scaled copy, of noise and of clean latent alike."""
    r = (1 - (1 - found) * (1 - copied**2)) ** 0.5
    return Level(around(r), around(r), around(copied), around(copied), None if moved is None else around(moved))


@pytest.mark.parametrize(
    ("at_half", "at_tenth", "moved", "expected"),
    [
        (0.9, 0.6, 0.7, HOLDS),
        (0.9, 0.4, 0.7, LIMIT),
        (0.49, 0.6, 0.7, FAILS),
        (0.9, 0.6, 0.605, FAILS),
        (0.0, 0.0, 0.6, FAILS),
    ],
)
def test_7_more_than_a_copy_must_be_found_and_a_step_lead_on(at_half, at_tenth, moved, expected):
    levels = {0.9: level(0.9, None), 0.5: level(at_half, moved), 0.1: level(at_tenth, 0.7)}
    assert verdict(step_checks(levels, levels)) == expected


def test_7_a_prediction_counts_beyond_what_a_scaled_copy_explains():
    assert beyond(np.array([0.6, 1.0, 0.8, -1.0]), np.array([0.6, 0.6, 0.6, 0.6])) == pytest.approx(
        [0, 1, 1 - 0.36 / 0.64, 1 - 2 / 0.64]
    )
