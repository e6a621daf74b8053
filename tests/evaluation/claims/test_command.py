"""The command around the claims: what was measured stays and reaches the report, whatever stops the rest."""

import argparse
import json

import pytest

from app.cli import claims_command, evaluate_all
from app.evaluation import claims
from app.evaluation.claims import CLAIMS, Finding


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_bug_in_one_claim_keeps_its_traceback_and_the_report_has_the_claims_before_it(tmp_path, monkeypatch, dry_run):
    def measure(*_):
        yield CLAIMS[1], Finding("holds", (), "It does.")
        raise ZeroDivisionError

    written = []
    monkeypatch.setattr(claims, "measure_claims", measure)
    monkeypatch.setattr(evaluate_all, "write_report", written.append)
    (tmp_path / evaluate_all.REPORT).write_text("")
    asked = argparse.Namespace(only=(), checkpoints=tmp_path, count=2, dry_run=dry_run, json=False)
    with pytest.raises(ZeroDivisionError):
        claims_command.claims(asked)
    assert written == ([] if dry_run else [tmp_path])
    if not dry_run:
        assert [each["number"] for each in json.loads((tmp_path / "claims.json").read_text())] == [2]
