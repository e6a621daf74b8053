"""Arms, charts and verdicts of the experiments of the Pipeline tab."""

import numpy as np
import pytest
import torch

from app.core.pictures import to_bytes
from app.core.randomness import make_generator, normal
from app.figures.blueprint import GUESSES, blueprint_chart, blueprint_facts, blueprint_sayings, blueprint_sprites
from app.figures.leave_out import CANDIDATES, arm_chart, arm_facts, arm_groups
from app.figures.pass_through import pass_facts, pass_groups, pass_sprites, pass_stages, pass_stations
from app.figures.pipeline import TILE
from app.labs.blueprint import BlueprintResult
from app.labs.encode import EncodeRequest, EncodeResult
from app.labs.generate import GenerateRequest
from app.labs.leave_out import ARMS, Arm, LeaveOutRequest, LeaveOutResult
from app.labs.pass_through import PassRequest, PassResult, PassSeconds
from tests.figures.pipelines import a_run

RUN = GenerateRequest("a red star", seed=5, steps=6)
SIZES = {"VAE encoder": 10, "text encoder": 20, "VAE decoder": 30, "denoiser": 40}


def an_experiment(shares: tuple[float, ...] | None) -> LeaveOutResult:
    pictures = normal((2, 3, 8, 8), make_generator("arms")).clamp(-1, 1)
    arms = [Arm(name, pictures, None if shares is None else (shares[k],) * 2) for k, name in enumerate(ARMS)]
    return LeaveOutResult(LeaveOutRequest(RUN, 2), tuple(arms), SIZES)


def test_every_arm_shows_its_pictures_and_its_share() -> None:
    result = an_experiment((1.0, 0.4, 0.2, 0.3, 0.9))
    groups = arm_groups(result)
    assert [group.title.lower() for group in groups] == list(ARMS)
    assert [tile.title for tile in groups[2].tiles] == ["seed 5", "seed 6"]
    shown = np.asarray(groups[0].tiles[1].picture).transpose(2, 0, 1)
    np.testing.assert_array_equal(shown, to_bytes(result.arms[0].pictures)[1])
    assert arm_chart(result).series[0].y == pytest.approx((100.0, 40.0, 20.0, 30.0, 90.0))


@pytest.mark.parametrize("guess", CANDIDATES)
def test_a_guess_is_compared_with_the_best_of_the_damaged_arms(guess: str) -> None:
    facts = {fact.name: fact for fact in arm_facts(an_experiment((1.0, 0.4, 0.2, 0.3, 0.9)), guess)}
    assert facts["Measured"].value == "without the caption"
    assert facts["Measured"].note.endswith("not as you guessed") == (guess != "without the caption")
    assert facts["VAE encoder"].value == "10"
    assert facts["Denoiser"].value == "40"


def test_without_a_reading_nothing_is_claimed() -> None:
    result = an_experiment(None)
    assert arm_chart(result) is None
    assert "look yourself" in [fact.value for fact in arm_facts(result, CANDIDATES[0])]


def a_blueprint() -> BlueprintResult:
    run = a_run(steps=3)
    coarse, fine = (-0.5, 0.95, 0.97, 1.0), (-2.0, 0.2, 0.5, 1.0)
    return BlueprintResult(run, run.moments.decoded.flip(0), coarse, fine, coarse)


def test_the_blueprint_film_has_latent_and_picture_side_by_side() -> None:
    result = a_blueprint()
    sheet = np.asarray(blueprint_sprites(result).sheet)
    assert sheet.shape == (4 * TILE, 4 * TILE, 3)
    decoded, as_it_is = to_bytes(result.run.moments.decoded), to_bytes(result.as_it_is)
    for k in range(4):
        row = sheet[k * TILE : (k + 1) * TILE].transpose(2, 0, 1)
        np.testing.assert_array_equal(row[:, :, TILE : 2 * TILE], as_it_is[k])
        np.testing.assert_array_equal(row[:, :, 3 * TILE :], decoded[k])
    before = np.asarray(blueprint_sprites(result, revealed=False).sheet)
    np.testing.assert_array_equal(before, sheet[:, : 2 * TILE])  # what is expected comes with the guess
    assert blueprint_sayings(result)[1] == ("step 1 of 3", "Coarse structure 95%, fine structure 20%.")


def test_curves_start_at_nothing_and_marks_stand_where_the_structure_stands() -> None:
    result = a_blueprint()
    chart = blueprint_chart(result)
    assert chart.series[0].y == pytest.approx((0.0, 95.0, 97.0, 100.0))
    assert [mark[0] for mark in chart.marks] == [1.0, 3.0]
    assert [fact.value for fact in blueprint_facts(result, None)] == ["guess first"]
    notes = [blueprint_facts(result, guess.text)[1].note for guess in GUESSES]
    assert notes == ["not as you guessed", "as you guessed", "not as you guessed"]


def a_pass() -> PassResult:
    run, draw = a_run(), make_generator("pass")
    mean, picture = normal((1, 4, 16, 16), draw), normal((1, 3, 64, 64), draw).clamp(-1, 1)
    encoded = EncodeResult(EncodeRequest("v"), picture, mean, mean - 4, mean, picture, 99.0, 30.0, 0.9)
    seconds = PassSeconds(0.1, 0.2, 0.4, 0.8)
    return PassResult(PassRequest(RUN, 0.5), encoded, 500, 0.49, run.words, run.features, run.moments, seconds)


def test_the_ribbon_of_an_own_picture_names_every_tensor_from_picture_to_picture() -> None:
    stations = pass_stations(a_pass())
    assert {name: station.shape for name, station in stations.items()} == {
        "input": (3, 64, 64),
        "posterior": (8, 16, 16),
        "latent": (4, 16, 16),
        "noise": (4, 16, 16),
        "words": (4,),
        "features": (4, 8),
        "film": (4, 16, 16),
        "end": (4, 16, 16),
        "picture": (3, 64, 64),
    }
    assert stations["input"].numbers == 12_288
    assert stations["posterior"].numbers == 2 * stations["latent"].numbers
    assert "51% noise" in stations["noise"].title
    stages = pass_stages(a_pass())
    assert {name: stage.seconds for name, stage in stages.items()} == {
        "encode": 0.1, "text": 0.2, "denoise": 0.4, "decode": 0.8
    }  # fmt: skip
    assert stages["denoise"].note.startswith("3 steps")


def test_in_and_out_are_the_pictures_of_the_result() -> None:
    result = a_pass()
    tiles = pass_groups(result)[0].tiles
    shown = np.asarray(tiles[2].picture).transpose(2, 0, 1)
    np.testing.assert_array_equal(shown, to_bytes(result.moments.decoded)[-1])
    assert pass_facts(result)[0].value == "step 500"
    assert pass_sprites(result).sheet.height == len(result.moments.done) * TILE
    assert torch.equal(result.picture, result.moments.decoded[-1:])
