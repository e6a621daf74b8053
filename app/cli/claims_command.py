"""`python -m app claims`: measure the 15 claims of the course, say of each what was found, and keep it."""

import argparse
import json
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.evaluation.claims.record import Record

WIDTH = 110


def claims(arguments: argparse.Namespace) -> None:
    """Print each claim as soon as it is measured, or all of them as JSON at the end.

    Each is kept, and the report is mended with those that were measured, whatever stops the rest.
    """
    from app.core.runtime import choose_runtime
    from app.evaluation.claims import measure_claims, select_claims
    from app.evaluation.claims.record import record_of
    from app.store.catalogue import open_catalogue

    chosen, root, found = select_claims(arguments.only), arguments.checkpoints, []
    catalogue = open_catalogue(root, choose_runtime())
    try:
        for claim, finding in measure_claims(catalogue, arguments.count, chosen):
            found.append(record_of(claim, finding, catalogue, arguments.count))
            if not arguments.dry_run:
                _keep(root, found[-1])
            if not arguments.json:
                print(_text(found[-1]), flush=True)
    finally:
        if found and not arguments.dry_run:
            _mend_report(root)
    if arguments.json:
        print(json.dumps([asdict(record) for record in found]))


def _keep(root: Path, record: "Record") -> None:
    """Write a claim as soon as it is measured: an interrupted run keeps what it found."""
    from app.core.files import writing_to
    from app.evaluation.claims.record import CLAIMS_FILE, add_record

    with writing_to(root / CLAIMS_FILE):
        add_record(root / CLAIMS_FILE, record)


def _mend_report(root: Path) -> None:
    """Write the report again if there is one, so that it holds these verdicts."""
    from app.cli.evaluate_all import REPORT, write_report

    if (root / REPORT).is_file():
        write_report(root)


def _text(record: "Record") -> str:
    lines = [*_wrapped(f"{record.number}. {record.statement}", ""), *_wrapped(f"Measured: {record.experiment}", "   ")]
    lines += [f"     {figure['label']:64} {figure['value']}" for figure in record.figures]
    return "\n".join([*lines, f"   Verdict: {record.verdict}", *_wrapped(record.why, "   "), ""])


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent or "   ")
