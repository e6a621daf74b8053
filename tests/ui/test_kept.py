"""Kept results: computed once, bounded, and never mixed up between pictures."""

from collections.abc import Generator

import pytest
from PIL import Image

from app.ui.kept import Kept, picture_key


def test_a_result_is_computed_once() -> None:
    kept, calls = Kept(), []
    assert [kept.get("key", lambda: calls.append(1) or "result") for _ in range(3)] == ["result"] * 3
    assert calls == [1]


def test_the_one_unused_for_longest_goes_first() -> None:
    kept = Kept(most=2)
    for key in ("a", "b", "a", "c"):
        kept.get(key, lambda: "first")
    assert [kept.get(key, lambda: "anew") for key in ("a", "c", "b")] == ["first", "first", "anew"]


def test_a_failure_is_not_kept() -> None:
    kept = Kept()
    with pytest.raises(ZeroDivisionError):
        kept.get("key", lambda: 1 / 0)
    assert kept.get("key", lambda: 5) == 5


def test_steps_that_tell_how_far_they_are_are_kept_when_they_end_and_only_then() -> None:
    kept = Kept(most=2)

    def steps(result: str, refused: bool = False) -> Generator[int, None, str]:
        yield 1
        if refused:
            raise ZeroDivisionError
        yield 2
        return result

    assert finished_and_told(kept.run("a", lambda: steps("first"))) == ("first", [1, 2])
    assert finished_and_told(kept.run("a", lambda: steps("second"))) == ("first", [])
    for number in range(5):  # stopped, then refused: neither takes a place
        assert next(kept.run(f"left {number}", lambda: steps("no"))) == 1
        with pytest.raises(ZeroDivisionError):
            finished_and_told(kept.run(f"refused {number}", lambda: steps("no", refused=True)))
    assert kept.find("a") == "first"
    assert kept.find("refused 1") is None


def finished_and_told(run: Generator[int, None, str]) -> tuple[str, list[int]]:
    told: list[int] = []
    while True:
        try:
            told.append(next(run))
        except StopIteration as end:
            return end.value, told


def test_pictures_that_differ_have_different_keys() -> None:
    pictures = [
        Image.new("RGB", (4, 4), "red"), Image.new("RGB", (4, 4), "blue"), Image.new("RGB", (2, 8), "red"), None,
    ]  # fmt: skip
    assert len({picture_key(picture) for picture in pictures}) == 4
    assert picture_key(pictures[0]) == picture_key(Image.new("RGB", (4, 4), "red"))
