"""A run that is cancelled after any of its steps leaves nothing behind: the next one is whole. Without a browser."""

import inspect
from collections.abc import Callable, Hashable, Iterator
from itertools import count, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from app.core.runtime import choose_runtime
from app.labs import compress_cost as cost_lab
from app.labs import compress_race as race_lab
from app.labs import compress_rate as rate_lab
from app.labs import denoise_quality as quality_lab
from app.store.catalogue import open_catalogue
from app.ui import wiring
from app.ui.kept import Kept
from app.ui.services import Services
from app.ui.settings import choices_of
from app.ui.tabs import compress, compress_race, denoise, denoise_common, denoise_scale
from app.ui.wiring import Handlers
from tests.checkpoints import make_zoo
from tests.labs.small_race import use_small_recipes

RUNTIME = choose_runtime("cpu", "float32")
VAES = ["f4c4", "f8c4"]
COMPRESS = {"ladder": 3, "rate": 4, "upscaling": 4, "spectrum": 5, "race": 5, "cost": 10}
DENOISE = {"decide": 1, "branch": 2, "scale": 4, "steps": 3}
"""After how many steps at least a run of each part can be stopped before it shows its result."""
QUICK: dict[str, dict[str, Any]] = {
    "race": {"steps": 2},
    "decide": {"steps": 2, "runs": 2},
    "branch": {"steps": 2},
    "steps": {"steps": 1, "count": 20, "presses": 1},
}


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Handlers]:
    """The parts of both tabs."""
    services = Services(RUNTIME, open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), RUNTIME))
    with gr.Blocks():
        tabs = [*compress.picture_parts(compress.build_source(), VAES), *compress.machine_parts(), *denoise.PARTS]
        made = [one.build(services) for one in tabs]
    return {part.name: Handlers(part, {}) for part in made if part is not None}


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Empties every store that was asked for anything."""
    asked: list[Kept] = []
    get = Kept.get

    def noticed(self: Kept, key: Hashable, compute: Callable[[], Any]) -> Any:
        asked.append(self)
        return get(self, key, compute)

    def empty() -> None:
        for store in asked:
            store._results.clear()

    monkeypatch.setattr(Kept, "get", noticed)
    return empty


@pytest.fixture(autouse=True)
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is told, networks are small, and each look at the clock takes a second."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(wiring, "PROGRESS_SECONDS", -1.0)
    monkeypatch.setattr(denoise_common, "PACE", -1.0)
    monkeypatch.setattr(denoise_scale, "STEPS", 2)
    monkeypatch.setattr(compress_race, "EVERY", 0.0)
    use_small_recipes(monkeypatch)
    monkeypatch.setattr(rate_lab, "BITS", (1, 5))
    monkeypatch.setattr(rate_lab, "STEPS", (4.0, 0.5))
    ticks = count()
    for lab in (cost_lab, race_lab):
        monkeypatch.setattr(lab, "time", SimpleNamespace(perf_counter=lambda: float(next(ticks))))
    monkeypatch.setattr(quality_lab, "perf_counter", lambda: float(next(ticks)))


def frames(handle: Handlers) -> Iterator[list[Any]]:
    """Run a part, with its guess committed if there is one."""
    part, quick = handle.part, QUICK.get(handle.part.name, {})
    settings = [quick.get(name, default) for name, default in handle.defaults.items()]
    extras = [quick.get(name, getattr(one, "value", None)) for name, one in part.extras.items()]
    if part.guess is None:
        return handle.on_run(*settings, *extras)
    return handle.on_reveal(*settings, *extras, (choices_of(part.guess) or [""])[0])


def shown(handle: Handlers, frame: list[Any]) -> list[Any]:
    """What the visitor sees of the last frame."""
    outputs = zip(handle.part.outputs, frame, strict=False)
    return [value for widget, value in outputs if not isinstance(widget, gr.State)]


def test_every_part_of_the_compress_tab_that_computes_can_be_stopped(parts: dict[str, Handlers]) -> None:
    runs = {name: handle.part.run for name, handle in parts.items() if handle.part.tab == "compress"}
    assert {name for name, run in runs.items() if inspect.isgeneratorfunction(inspect.unwrap(run))} == set(COMPRESS)
    assert set(runs) == {*COMPRESS, "spot"}


@pytest.mark.parametrize("name", [*COMPRESS, *DENOISE])
def test_a_run_cancelled_at_every_step_leaves_nothing_behind(
    parts: dict[str, Handlers], forget: Callable[[], None], name: str
) -> None:
    handle = parts[name]
    whole = list(frames(handle))
    assert len(whole) > (COMPRESS | DENOISE)[name]
    for steps in range(1, len(whole)):
        forget()
        run = frames(handle)
        assert len(list(islice(run, steps))) == steps
        run.close()  # type: ignore[attr-defined]
        *_, last = frames(handle)
        assert shown(handle, last) == shown(handle, whole[-1])
