"""Errors for people: a sentence, a hint, one family."""

import pytest

from app.core import errors
from app.core.errors import BadRequest, LabError


def test_an_error_shows_its_sentence_and_its_hint() -> None:
    error = BadRequest("There are no -3 steps.", hint="Use 1 to 1000.")
    assert (error.message, error.hint) == ("There are no -3 steps.", "Use 1 to 1000.")
    assert str(error) == "There are no -3 steps. Use 1 to 1000."


def test_a_hint_is_not_optional() -> None:
    with pytest.raises(TypeError, match="hint"):
        LabError("Something is wrong.")  # type: ignore[call-arg]


def test_every_error_of_the_project_is_caught_by_one_name() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) >= 8
    assert all(issubclass(kind, LabError) for kind in kinds)


def test_a_user_mistake_is_not_mistaken_for_a_bug() -> None:
    """`except ValueError` or `except KeyError` in a library must not swallow a message for the user."""
    assert not issubclass(LabError, ValueError | KeyError | OSError)
