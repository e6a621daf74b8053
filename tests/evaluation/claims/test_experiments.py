"""Every claim runs end to end on small random models."""

import re

import pytest

from app.core.errors import BadCheckpoint, BadRequest
from app.evaluation.claims import (
    CLAIMS,
    Finding,
    measure_claims,
    select_claims,
)
from app.evaluation.claims.claim import Claim, measure_claim
from app.evaluation.claims.study import Study
from app.store.catalogue import open_catalogue
from app.training.recipes import RECIPES
from tests.checkpoints import RUNTIME

COUNT = 6


def test_there_are_15_claims_and_their_models_are_recipes():
    assert [claim.number for claim in CLAIMS] == list(range(1, 16))
    assert {name for claim in CLAIMS for name in claim.needs} <= set(RECIPES)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.number))
def test_a_claim_is_measured_with_the_models_it_lists_and_every_figure_says_its_n(catalogue, claim, tmp_path):
    """With nothing else in the folder: so a model that is missing is always named."""
    for name in claim.needs:
        (tmp_path / name).symlink_to(catalogue.root / name)
    finding = measure_claim(claim, Study(open_catalogue(tmp_path, RUNTIME), COUNT))
    assert len(finding.figures) >= 4
    assert finding.why.endswith(".")
    assert "nan" not in finding.why
    for label, value in finding.figures:
        assert re.search(r"n = \d+|\(exact\)", value), (label, value)
        assert "nan" not in value, (label, value)
    counted = [value for _, value in finding.figures if re.search(rf"n = {COUNT}\b", value)]
    assert counted


def test_missing_and_broken_models_are_named_and_the_next_claim_is_measured(catalogue, tmp_path):
    for name in ("f8c4", "small_kl1e-4", "small_kl0", "judge"):
        (tmp_path / name).symlink_to(catalogue.root / name)
    (tmp_path / "f4c4").mkdir()
    (tmp_path / "f4c4" / "card.json").write_text("{")
    found = list(measure_claims(open_catalogue(tmp_path, RUNTIME), 2, select_claims([2, 4, 3])))
    assert [claim.number for claim, _ in found] == [2, 3, 4]
    (_, broken), (_, missing), (_, fourth) = found
    assert (broken.verdict, missing.verdict, broken.figures) == ("not measured", "not measured", ())
    assert "f4c4" in broken.why
    assert "weights.safetensors is missing" in broken.why
    assert "f8c4" not in broken.why
    assert all(name in missing.why for name in ("race_pixels", "race_f8c4", "f2c4"))
    assert fourth.figures


def test_a_mistake_of_the_user_is_said_and_a_bug_keeps_its_traceback(catalogue):
    def refuse(*_):
        raise BadCheckpoint("Of another VAE.", hint="Retrain.")

    def break_down(*_):
        raise KeyError("a bug")

    refused, broken = (Claim(1, "", "", (), measure) for measure in (refuse, break_down))
    study = Study(catalogue, 2)
    assert measure_claim(refused, study) == Finding("not measured", (), "Of another VAE. Retrain.")
    with pytest.raises(KeyError):
        measure_claim(broken, study)


def test_numbers_that_no_claim_has_and_counts_below_one_are_refused(catalogue):
    with pytest.raises(BadRequest, match="16"):
        select_claims([3, 16])
    with pytest.raises(BadRequest):
        next(measure_claims(catalogue, 0, CLAIMS))
    assert select_claims([]) == CLAIMS
