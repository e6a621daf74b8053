"""What a claim is, and how one is measured."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.errors import LabError
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Finding


@dataclass(frozen=True)
class Claim:
    """needs: names of the models; measure: study -> finding; one_call: it measures calls, however many pictures."""

    number: int
    statement: str
    experiment: str
    needs: tuple[str, ...]
    measure: Callable[[Study], Finding]
    one_call: bool = False


def measure_claim(claim: Claim, study: Study) -> Finding:
    """Measure one claim; what a user could mend (a missing or broken model) becomes "not measured", a bug does not."""
    catalogue = study.catalogue
    missing = [name for name in claim.needs if name not in catalogue.cards]
    if missing:
        broken = "".join(f" {catalogue.broken[name]}" for name in missing if name in catalogue.broken)
        return Finding("not measured", (), f"Not here, or not usable: {', '.join(missing)}.{broken}")
    try:
        return claim.measure(study)
    except LabError as error:
        return Finding("not measured", (), str(error))
