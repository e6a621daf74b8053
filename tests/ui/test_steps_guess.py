"""How many steps: only what was measured can be guessed."""

from app.labs.denoise_quality import QualityPoint, StepsTable
from app.ui.tabs.denoise_quality import GUESSES, guesses


def test_only_steps_that_were_measured_can_be_guessed() -> None:
    measured = (("ddim", 8), ("dpm", 9), ("ddim", 1), ("ddim", 3))
    points = tuple(QualityPoint(*of, 32, 0.9, 0.8, 1.0, 0.5, 2, 0.1) for of in measured)
    assert guesses(StepsTable("a", "b", 3.0, "here", points)) == ["3", "8"]
    assert guesses(None) == list(GUESSES)
