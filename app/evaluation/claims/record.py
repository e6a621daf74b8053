"""The verdicts as a file beside the models, claims.json: what was found, on how many pictures, with which weights."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.core.errors import BadCheckpoint
from app.core.files import write_json
from app.evaluation.claims.claim import Claim
from app.evaluation.claims.verdict import Finding, Verdict
from app.evaluation.report import Cards, markdown_table
from app.store.catalogue import Catalogue
from app.store.fields import from_dict

CLAIMS_FILE = "claims.json"


@dataclass(frozen=True)
class Record:
    """What was found about one claim. count: pictures or captions, 1 for calls; models: name -> hash of weights.

    figures: label and value of each, as text.
    """

    number: int
    statement: str
    experiment: str
    count: int
    models: dict[str, str]
    verdict: Verdict
    why: str
    figures: tuple[dict[str, str], ...]

    def is_of(self, cards: Cards) -> bool:
        """Whether the models that were measured are still the ones in these cards."""
        return all(name in cards and cards[name].weights_sha256 == sha for name, sha in self.models.items())


def record_of(claim: Claim, finding: Finding, catalogue: Catalogue, count: int) -> Record:
    """Keep a finding with what it was found on."""
    cards = catalogue.cards
    models = {name: cards[name].weights_sha256 for name in claim.needs if name in cards}
    figures = tuple(figure._asdict() for figure in finding.figures)
    about = (claim.number, claim.statement, claim.experiment, 1 if claim.one_call else count, models)
    return Record(*about, finding.verdict, finding.why, figures)


def read_records(path: Path) -> list[Record]:
    """Return the records of a file, none if it is not there; raises BadCheckpoint for one that holds something else."""
    try:
        values = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
        return [from_dict(Record, each, str(path)) for each in values]
    except (ValueError, TypeError, RecursionError, BadCheckpoint) as error:
        hint = "Remove it, and measure again: python -m app claims"
        raise BadCheckpoint(f"{path} does not hold what `claims` writes.", hint=hint) from error


def add_record(path: Path, record: Record) -> None:
    """Write a record into the file in the place of an earlier one of the same claim; the others stay."""
    others = [each for each in read_records(path) if each.number != record.number]
    write_json(path, [asdict(each) for each in sorted([*others, record], key=lambda each: each.number)])


@dataclass(frozen=True)
class Verdicts:
    """The section of the report that holds the claims: all at one look, then each with its figures."""

    records: tuple[Record, ...]
    question: str = "The claims of the course"
    note: str = (
        "Written by `python -m app claims`; n is the number of pictures or captions asked for, 1 where one call is "
        "measured. Undecided: an interval lies on both sides of the threshold that its check names. Intervals are over "
        "pictures; each model was trained once."
    )

    def body(self, cards: Cards) -> str:
        """Return a table of verdicts and a part for each claim; a verdict on other weights says so."""
        heads = [[str(each.number), each.statement, _verdict(each, cards), str(each.count)] for each in self.records]
        parts = [_part(each, cards) for each in self.records]
        return "\n\n".join([markdown_table(["claim", "statement", "verdict", "n"], heads), *parts])


def settled(records: Sequence[Record], cards: Cards) -> int:
    """Count the claims that have a verdict, other than undecided, on the models that are here."""
    return sum(each.verdict not in ("undecided", "not measured") and each.is_of(cards) for each in records)


def _verdict(record: Record, cards: Cards) -> str:
    return record.verdict if record.is_of(cards) else f"{record.verdict} (of other weights than those here)"


def _part(record: Record, cards: Cards) -> str:
    figures = "\n".join(f"- {figure['label']}: {figure['value']}" for figure in record.figures)
    head = f"### {record.number}. {record.statement}\n\n{record.experiment}"
    return f"{head}\n\n{figures}\n\n**{_verdict(record, cards)}.** {record.why}".replace("\n\n\n\n", "\n\n")
