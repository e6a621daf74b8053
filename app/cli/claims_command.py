"""`python -m app claims`: measure the 15 claims of the course, and say of each what was found."""

import argparse
import json
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.evaluation.claims import Claim, Finding

WIDTH = 110


def claims(arguments: argparse.Namespace) -> None:
    """Print each claim as soon as it is measured, or all of them as JSON at the end."""
    from app.core.runtime import choose_runtime
    from app.evaluation.claims import measure_claims, select_claims
    from app.store.catalogue import open_catalogue

    chosen = select_claims(arguments.only)
    catalogue = open_catalogue(arguments.checkpoints, choose_runtime())
    found = measure_claims(catalogue, arguments.count, chosen)
    if arguments.json:
        print(json.dumps([_values(claim, finding) for claim, finding in found]))
        return
    for claim, finding in found:
        print(_text(claim, finding), flush=True)


def _values(claim: "Claim", finding: "Finding") -> dict[str, object]:
    return {
        "number": claim.number,
        "statement": claim.statement,
        "experiment": claim.experiment,
        "verdict": finding.verdict,
        "why": finding.why,
        "figures": [figure._asdict() for figure in finding.figures],
    }


def _text(claim: "Claim", finding: "Finding") -> str:
    lines = [*_wrapped(f"{claim.number}. {claim.statement}", ""), *_wrapped(f"Measured: {claim.experiment}", "   ")]
    lines += [f"     {figure.label:64} {figure.value}" for figure in finding.figures]
    return "\n".join([*lines, f"   Verdict: {finding.verdict}", *_wrapped(finding.why, "   "), ""])


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent or "   ")
