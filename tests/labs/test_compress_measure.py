"""What the calculator measures is what it estimated: the same operations, and nothing where there is no such call."""

import pytest

from app.core.errors import BadRequest
from app.figures.compress_cost import measured_facts
from app.labs.compress_cost import CostRequest, Speed, estimate
from app.labs.compress_measure import measure_size
from app.labs.prompt import finished
from tests.checkpoints import RUNTIME

FAST = Speed(0.0, 1e12, 1e12)


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_what_is_measured_has_the_operations_that_were_counted(guidance: float) -> None:
    found = estimate(CostRequest(64, 128, 8, 4, 5, guidance), FAST, RUNTIME)
    measured = finished(measure_size(found, RUNTIME))
    assert measured.step.operations == found.step.operations
    assert measured.decode is not None
    assert measured.decode.operations == found.decode.operations
    for cost in (measured.encode, measured.step, measured.decode, measured.training):
        assert cost is not None
        assert cost.seconds > 0
        assert cost.peak_bytes > 0
    assert measured.training.seconds > measured.step.seconds / 2
    facts = {fact.name: fact for fact in measured_facts(measured, found)}
    assert "estimated" in facts["A step"].note
    assert "MB at most at once" in facts["Encoding"].note or "kB at most at once" in facts["Encoding"].note


def test_pixels_have_no_encoder_and_a_large_latent_no_training_step() -> None:
    found = estimate(CostRequest(32, 32, 1, steps=2), FAST, RUNTIME)
    measured = finished(measure_size(found, RUNTIME))
    assert (measured.encode, measured.decode) == (None, None)
    facts = {fact.name: fact for fact in measured_facts(measured, found)}
    assert facts["Encoding"].note == "there is no VAE on pixels"
    assert measured.training is not None
    wide = estimate(CostRequest(72, 64, 1, steps=2, guidance=1.0), FAST, RUNTIME)
    facts = {fact.name: fact for fact in measured_facts(finished(measure_size(wide, RUNTIME)), wide)}
    assert facts["A training step"].note.startswith("too large here")


@pytest.mark.parametrize(
    ("request_", "speed", "why"),
    [
        (CostRequest(512, 512, 1), Speed(0.0, 1e9, 1e9), "minutes"),
        (CostRequest(2048, 2048, 1), Speed(0.0, 1e15, 1e15), "memory"),
    ],
)
def test_what_would_hold_the_machine_is_refused_with_a_sentence(request_: CostRequest, speed: Speed, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        next(measure_size(estimate(request_, speed, RUNTIME), RUNTIME))


def test_nothing_is_measured_until_it_is_asked() -> None:
    found = estimate(CostRequest(64, 64), FAST, RUNTIME)
    assert measured_facts(None, found)[0].value == "not yet"
