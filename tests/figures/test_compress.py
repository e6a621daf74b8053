"""Figures of the Compress lab hold the numbers of the results, and say what is not there."""

import math
from dataclasses import replace

import numpy as np
import torch

from app.core.pictures import to_bytes
from app.core.randomness import make_generator, normal
from app.evaluation.dry_run import DryRun
from app.figures.compress_cost import REFERENCES, cost_facts, cost_group, factor_chart, machine_facts
from app.figures.compress_ladder import NONE, ladder_cards, ladder_chart, ladder_facts, ladder_groups, ladder_sheet
from app.figures.compress_lost import (
    SPECTRUM_GUESSES,
    band_group,
    spectrum_chart,
    spectrum_facts,
    upscaling_facts,
    upscaling_groups,
)
from app.figures.compress_race import (
    LEADS,
    amount,
    clock,
    lane_card,
    memory,
    race_facts,
    rung_chart,
    training_group,
    was_guessed,
)
from app.figures.compress_rate import equal_bytes_group, hidden_chart, rate_chart, rate_facts
from app.figures.compress_spot import guess_facts, picked, spot_chart, spot_facts, spot_group
from app.labs.compress_cost import CostRequest, Estimate, Speed
from app.labs.compress_ladder import LadderResult, Rung
from app.labs.compress_race import Lane, StepCost
from app.labs.compress_rate import Coded, RateRequest, RateResult
from app.labs.compress_spectrum import SpectrumResult
from app.labs.compress_spot import Spot, SpotResult
from app.labs.compress_upscaling import Enlarged, UpscalingResult
from app.store.card import Card, Training

PICTURE = normal((1, 3, 16, 32), make_generator("compress")).clamp(-1, 1)
READING = (0, 0, 4, 8, 3, 1, 3, -1, -1, -1, -1)
PLAIN = (0, 0, 4, 8, 3, 1, 0, -1, -1, -1, -1)
"""A large checkered green umbrella in the centre on white, and the same plain."""


def rung(name: str, values: int, reading: tuple[int, ...] | None = None, kept: float = 0.9) -> Rung:
    copy = (0.5 * PICTURE).clamp(-1, 1)
    error = (PICTURE - copy).abs().mean(1, keepdim=True)
    return Rung(name, 8, 4, values, 1536 / values, copy, error, 27.46, 0.9612, kept, reading)


def test_the_sheet_has_original_reconstruction_and_error_a_rung() -> None:
    result = LadderResult(PICTURE, (rung("a", 64), rung("b", 8)), None)
    sheet = np.asarray(ladder_sheet(result))
    assert sheet.shape == (32, 96, 3)
    np.testing.assert_array_equal(sheet[16:, :32], to_bytes(PICTURE)[0].transpose(1, 2, 0))
    np.testing.assert_array_equal(sheet[:16, 32:64], to_bytes(result.rungs[0].reconstruction)[0].transpose(1, 2, 0))
    light = sheet[:16, 64:].astype(int).sum(axis=-1)
    worst = np.unravel_index(int(result.rungs[0].error.argmax()), (16, 32))
    assert light[worst] == light.max()


def test_cards_say_what_the_judge_reads_and_mark_the_first_loss() -> None:
    result = LadderResult(PICTURE, (rung("a", 64, READING), rung("b", 8, PLAIN)), READING)
    first, second = ladder_cards(result)
    assert not first.lost
    assert second.lost
    assert second.saying == "The judge now reads plain for checkered."
    assert dict(first.facts)["PSNR"] == "27.5 dB"
    assert dict(first.facts)["values"] == "64"
    facts = {fact.name: fact for fact in ladder_facts(result)}
    assert facts["Texture gone from"].value == "b"
    assert facts["The judge reads"].note == "large checkered green umbrella, centre, on white"
    assert "Texture gone from" not in {fact.name for fact in ladder_facts(result, revealed=False)}


def test_without_a_judge_the_fine_detail_decides() -> None:
    result = LadderResult(PICTURE, (rung("a", 64, kept=0.51), rung("b", 8, kept=0.49)), None)
    assert [card.lost for card in ladder_cards(result)] == [False, True]
    assert LadderResult(PICTURE, (rung("a", 64, kept=math.nan),), None).first_loss == ""
    none = {fact.name: fact.value for fact in ladder_facts(LadderResult(PICTURE, (rung("a", 64),), None))}
    assert none["Texture gone from"] == NONE
    assert [len(group.tiles) for group in ladder_groups(result)] == [3, 2]
    assert ladder_chart(result).series[0].labels == ("b", "a")


def coded(method: str, size: int, psnr: float) -> Coded:
    return Coded(method, "x", size, "zlib", PICTURE, psnr)


def test_rates_hide_the_rivals_until_the_guess_and_name_who_cannot() -> None:
    curves = {how: (coded(how, 50, 20.0), coded(how, 90, 30.0)) for how in ("latent", "JPEG", "WebP", "PCA")}
    alike = {"JPEG": None, "WebP": coded("WebP", 49, 33.0), "PCA": coded("PCA", 50, 10.0)}
    result = RateResult(RateRequest(), "f8c4", PICTURE, curves, coded("latent", 50, 20.0), alike)
    assert result.winner == "WebP"
    assert len(hidden_chart(result).series) == 1
    assert rate_chart(result).series[1].x == (50.0, 90.0)
    assert [len(equal_bytes_group(result, revealed=shown).tiles) for shown in (False, True)] == [2, 4]
    assert "a longer one" not in rate_chart(result).note
    large = replace(result, picture=PICTURE.repeat(1, 1, 1, 8))
    for chart in (rate_chart(large), hidden_chart(large)):
        assert "has 256 × 16 pixels here; a longer one is first made 256 pixels long" in chart.note
    assert "JPEG cannot" in equal_bytes_group(result).note
    facts = {fact.name: fact.value for fact in rate_facts(result, 1_500_000)}
    assert facts["Rate"] == f"{8 * 50 / 512:.2f} bits a pixel"
    assert facts["Not counted"] == "3.0 MB"


def test_upscaling_says_which_way_is_wrong_in_what() -> None:
    error = torch.zeros(1, 1, 16, 32)
    ways = tuple(
        Enlarged(way, PICTURE, error, psnr, 0.9, 0.5, reading)
        for way, psnr, reading in (("nearest", 20.0, PLAIN), ("bicubic", 21.0, READING), ("decoder", 27.0, READING))
    )
    result = UpscalingResult("f8c4", PICTURE, 32, PICTURE[..., :2, :4], ways, READING)
    assert result.winner == "decoder"
    facts = {fact.name: fact for fact in upscaling_facts(result)}
    assert (facts["Judge, nearest"].value, facts["Judge, nearest"].note) == ("1 wrong", "plain for checkered")
    assert facts["Judge, decoded"].value == "all right"
    assert [len(group.tiles) for group in upscaling_groups(result)] == [5, 3]
    assert [len(group.tiles) for group in upscaling_groups(result, revealed=False)] == [2]


def test_spectra_keep_their_numbers() -> None:
    ring, power = np.array([0.25, 0.5]), np.array([1.0, 0.1])
    result = SpectrumResult("v", PICTURE, PICTURE, ring, power, power / 2, power / 4, (1.0, 0.1), (0.5, 0.3), 1 / 16)
    chart = spectrum_chart(result)
    assert chart.series[2].y == (0.25, 0.025)
    assert chart.marks[0][0] == 1 / 16
    values = {fact.name: fact.value for fact in spectrum_facts(result)}
    assert values == {"Coarse waves kept": "90%", "Fine waves kept": "40%", "Of the error, fine": "75%"}
    assert [spectrum_facts(result, guess)[0].note == "as measured" for guess in SPECTRUM_GUESSES] == [0, 0, 1]
    whole = replace(result, coarse=(1.0, 0.0))  # all of the error is fine
    assert spectrum_facts(whole, "over two thirds")[0].note == "as measured"
    assert [one.name for one in spectrum_chart(result, revealed=False).series] == ["original"]
    assert [tile.title for tile in band_group(result, revealed=False).tiles] == ["Original, coarse", "Original, fine"]


def lanes(trained: bool) -> tuple[Lane, Lane]:
    pixels, latents = (
        StepCost(12_288, 5_000_000_000, 10_000_000, 0, 0),
        StepCost(256, 80_000_000, 160_000, 400_000_000, 800_000),
    )
    shown = PICTURE if trained else None
    return (
        Lane("pixels", trained, pixels, 20, 10.0, 0.0, True, shown),
        Lane("f8c4", trained, latents, 20, 1.25, 0.05, True, shown),
    )  # fmt: skip


def test_a_race_is_summed_up_with_its_decoder() -> None:
    values = {fact.name: fact.value for fact in race_facts(lanes(True), 20)}
    assert values == {"Operations": "50.0 times fewer", "Memory at once": "12.5 times less", "Time": "8.0 times less"}
    card = lane_card(lanes(True)[1], 20)
    assert (card.watch, card.share, card.picture is None) == ("1.25 s", 1.0, False)
    assert dict(card.facts)["decoding"] == "50 ms"
    assert "missing" in lane_card(lanes(False)[1], 20).note
    assert lane_card(lanes(False)[1], 20).picture is None


def test_what_a_lane_learnt_is_told_in_seconds_of_one_core() -> None:
    """Its 300 steps of 3 s, not the hour that they took beside other work; by the wall clock where none was timed."""
    training = Training("race_f8c4", "scenes", 0, 300, 32, 3600.0, 1.0, "")
    card = Card("race_f8c4", "denoiser", "", {}, training, "", 1, "", metrics={"cost": {"training_step_ms": 3000.0}})
    said = training_group([card, replace(card, name="other", metrics={})], []).note
    assert "race_f8c4: 900 s of one core, 9,600 examples" in said
    assert "other: 3600 s" in said


def test_each_lead_is_in_exactly_one_guess() -> None:
    for times in (0.5, 1.99, 2.0, 19.9, 20.0, 500.0):
        assert sum(was_guessed(guess, times) for guess in LEADS) == 1
    assert not was_guessed("anything", 3.0)


def test_pixels_stand_at_no_halving_and_have_no_decoder() -> None:
    chart = rung_chart({"pixels": lanes(True)[0].cost, "f8c4": lanes(True)[1].cost})
    assert chart.series[0].x == (0.0, 3.0)
    assert chart.series[1].x == (3.0,)


def test_amounts_are_written_for_people() -> None:
    assert [amount(n) for n in (12.0, 5e6, 5.1e9, 2e12)] == ["12", "5 million", "5.1 billion", "2 trillion"]
    assert [memory(n) for n in (160_000, 2.5e9)] == ["0.16 MB", "2.5 GB"]
    assert [clock(s) for s in (0.0012, 1.25, 300.0, 7300.0)] == ["1.2 ms", "1.25 s", "5 min", "2.03 h"]


def spot(name: str, denoiser: str, psnr: float | None, drawn: float | None) -> Spot:
    return Spot(name, denoiser, 48.0, 256, psnr, 0.9, 0.8, drawn, None if drawn is None else drawn - 0.1,
                None if drawn is None else drawn + 0.1, 50, 240.0, True, 7.5)  # fmt: skip


def test_a_click_names_the_model_of_its_point() -> None:
    drawing = (spot("f8c4", "race_f8c4", 29.0, 0.5), spot("f4c4", "generator", 35.0, 0.6))
    spots = (*drawing, *(spot(name, "", psnr, None) for name, psnr in (("f8c4", 29.0), ("f4c4", 35.0), ("f2c4", 40.0))))
    result = SpotResult(spots, ("f2c4", "f4c4"))
    chart = spot_chart(result)
    assert [one.labels for one in chart.series] == [("f8c4", "f4c4", "f2c4"), ("race_f8c4",), ("generator",)]
    assert chart.series[1].y == (50.0,)
    assert chart.series[0].x == (29.0, 35.0, 40.0)
    assert spot_chart(result, revealed=False).series == chart.series[:1]  # so a click means the same before the guess
    for number, one in enumerate(chart.series):
        for index, label in enumerate(one.labels):
            assert picked(result, number, index) == label
            assert result.find(label) is not None
    for forged in ((9, 0), (0, 9), (-1, 0), ("0", 0), (None, None), (0, 1.5)):
        assert picked(result, *forged) == ""
    assert "Too few" in spot_group(result, spots[0]).note
    assert {fact.name: fact.value for fact in spot_facts(spots[2])}["Drawn"] == "–"


def test_the_best_denoiser_is_called_so_with_what_its_pictures_cannot_settle() -> None:
    best = spot("f4c4", "race_f4c4", 35.0, 0.7)
    for other, safe in ((0.4, True), (0.55, False)):
        said = spot_group(SpotResult((best, spot("f8c4", "race_f8c4", 29.0, other)), ()), best).note
        assert "race_f4c4 draws best, 70% fully right" in said
        assert ("On 50 pictures that is no safe lead: the intervals of race_f8c4" in said) is not safe


def test_the_guess_of_what_draws_best_stands_beside_the_measurement() -> None:
    best, near, far = (
        spot(vae, f"race_{vae}", 30.0, drawn) for vae, drawn in (("f4c4", 0.7), ("f8c4", 0.55), ("pixels", 0.1))
    )
    result = SpotResult((far, best, near, spot("f4c4", "generator", 35.0, 0.9)), ())
    verdicts = {vae: next(fact.note for fact in guess_facts(result, vae)) for vae in ("f4c4", "f8c4", "pixels")}
    assert verdicts["f4c4"] == "as measured"
    assert verdicts["f8c4"] == "not measured as best, yet within the interval of the best"
    assert verdicts["pixels"] == "not measured as best"
    assert guess_facts(result, "pixels")[1].value == "f4c4"
    assert guess_facts(SpotResult((far,), ()), "pixels") == []
    told = str((spot_group(result, best, revealed=False), spot_facts(best, revealed=False)))
    assert "70%" not in told
    assert "draws best" not in told
    assert "guess first" in told


def test_costs_are_compared_with_pixels_and_say_how_they_were_rounded() -> None:
    def found(f: int, values: int) -> Estimate:
        return Estimate(
            CostRequest(500, 512, f), 512, 512, values, DryRun(8 * values, values), DryRun(100, 7), 3.0, 0.5
        )

    rows = tuple(found(f, 786_432 // f**2) for f in (1, 2, 4, 8, 16))
    assert "rounded up from 500 × 512" in cost_group(rows[3]).note
    values = {fact.name: fact.note for fact in cost_facts(rows[3], rows[0])}
    assert values["Values"] == "64 times fewer than pixels"
    assert values["Memory at once"] == "64 times less than on pixels"
    assert factor_chart(rows).series[0].x == (0.0, 1.0, 2.0, 3.0, 4.0)
    assert [fact.value for fact in machine_facts(Speed(0.0, 2e9, 3e10))] == [
        "2 billion/s",
        "none found",
        "30 billion/s",
    ]


def test_published_figures_are_stamped_with_their_source_and_add_up() -> None:
    assert all(group.stamp.startswith("literature: ") for group in REFERENCES)
    assert 512 * 512 * 3 == 786_432
    assert 786_432 / (64 * 64 * 4) == 48
