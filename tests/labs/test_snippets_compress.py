"""Copied code runs as it is, and what a visitor named stays a string."""

import contextlib
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.labs import snippets_compress as snippets
from app.labs.compress_cost import CostRequest
from app.labs.compress_pictures import SIZES
from app.labs.compress_race import RaceRequest, fresh_runner
from app.labs.compress_rate import RateRequest
from app.labs.gallery import SCENES
from app.store import catalogue as store
from tests.checkpoints import make_zoo
from tests.labs.small_race import use_small_recipes

CHOSEN = (SCENES[0], SIZES[0])
CODES: dict[str, Callable[[], str]] = {
    "ladder": lambda: snippets.ladder_code(CHOSEN, ["f4c4", "f8c4"], judged=True),
    "rate": lambda: snippets.rate_code(("space shuttle", SIZES[1]), "f8c4", RateRequest(bits=3), 64),
    "upscaling": lambda: snippets.upscaling_code(CHOSEN, "f8c4"),
    "spectrum": lambda: snippets.spectrum_code(CHOSEN, "f8c4"),
    "race": lambda: snippets.race_code(RaceRequest(steps=1)),
    "spot": lambda: snippets.spot_code("generator"),
    "cost": lambda: snippets.cost_code(CostRequest(64, 64, steps=2)),
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    use_small_recipes(monkeypatch)
    yield
    fresh_runner.cache_clear()


@pytest.mark.parametrize("name", CODES)
def test_copied_code_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "CHECKPOINTS", make_zoo(tmp_path / "zoo"))
    monkeypatch.chdir(tmp_path)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(CODES[name](), name, "exec"), {})
    assert said.getvalue() or name == "spectrum"
    if name == "ladder":
        assert (tmp_path / "f8c4.png").exists()


def test_own_pictures_are_opened_from_a_file() -> None:
    code = snippets.rate_code((None, SIZES[0]), "f8c4", RateRequest(), 256)
    assert 'Image.open("your-picture.png")' in code
    assert "from PIL import Image" in code
    compile(code, "own", "exec")


@pytest.mark.parametrize("typed", ['"); import os; ("', "'''", "\\", "\n"])
def test_what_was_typed_stays_a_string(typed: str) -> None:
    request = RaceRequest(caption=typed)
    code = snippets.race_code(request)
    names: dict[str, object] = {}
    line = next(part for part in code.splitlines() if part.startswith("*_, lanes"))
    exec("request = " + line.partition("run_race(catalogue, ")[2].removesuffix(", runtime)"),
         {"RaceRequest": RaceRequest}, names)  # fmt: skip
    assert names["request"] == request
