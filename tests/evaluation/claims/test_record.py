"""claims.json: what stays, what is replaced, and what no longer belongs to the models that are here."""

from dataclasses import replace

import pytest

from app.core.errors import BadCheckpoint
from app.evaluation.claims import CLAIMS, Figure, Finding
from app.evaluation.claims.record import CLAIMS_FILE, Verdicts, add_record, read_records, record_of, settled
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_vae

SECOND, LAST = CLAIMS[1], CLAIMS[14]
FOUND = Finding("holds", (Figure("f8c4: PSNR", "30.9 dB (n = 500)"),), "It does.")


@pytest.fixture
def catalogue(tmp_path):
    make_vae(tmp_path, "f4c4", 4, 4)
    return open_catalogue(tmp_path, RUNTIME)


def test_a_claim_replaces_its_own_record_alone_and_all_stay_in_order(catalogue):
    path = catalogue.root / CLAIMS_FILE
    assert read_records(path) == []
    later = replace(record_of(SECOND, FOUND, catalogue, 500), verdict="holds with a limit")
    for record in (record_of(LAST, FOUND, catalogue, 500), record_of(SECOND, FOUND, catalogue, 100), later):
        add_record(path, record)
    assert read_records(path) == [later, record_of(LAST, FOUND, catalogue, 500)]
    assert later.models == {"f4c4": catalogue.cards["f4c4"].weights_sha256}  # f8c4 is not here


def test_a_claim_that_measures_calls_does_not_boast_of_pictures(catalogue):
    assert [claim.number for claim in CLAIMS if claim.one_call] == [3, 8]
    assert [record_of(claim, FOUND, catalogue, 500).count for claim in CLAIMS[:3]] == [500, 500, 1]


def test_a_file_that_holds_something_else_is_said_in_words(tmp_path):
    for text in ("{", "3", '[{"number": 1}]', '["a"]'):
        (tmp_path / CLAIMS_FILE).write_text(text)
        with pytest.raises(BadCheckpoint, match="Remove it"):
            read_records(tmp_path / CLAIMS_FILE)


def test_a_verdict_on_other_weights_says_so_and_does_not_count(catalogue):
    record = record_of(SECOND, FOUND, catalogue, 500)
    cards = catalogue.cards
    retrained = {"f4c4": replace(cards["f4c4"], weights_sha256="other")}
    section = Verdicts((record,)).body(cards)
    assert section.splitlines()[2] == f"| 2 | {SECOND.statement} | holds | 500 |"
    assert "- f8c4: PSNR: 30.9 dB (n = 500)\n\n**holds.** It does." in section
    assert "other weights" not in section
    for others in (retrained, {}):
        assert "holds (of other weights than those here)" in Verdicts((record,)).body(others)
        assert settled([record], others) == 0
    open_questions = [replace(record, verdict=verdict) for verdict in ("undecided", "not measured")]
    assert settled([record, *open_questions], cards) == 1
