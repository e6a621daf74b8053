"""Encode and Pipeline without a browser: every preset and guess runs, fills all outputs, saves files."""

import contextlib
import inspect
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from app.core.runtime import choose_runtime
from app.store import catalogue as store
from app.store.catalogue import open_catalogue
from app.ui.part import Part, Progress
from app.ui.services import Services
from app.ui.settings import default_of
from app.ui.tabs import encode, encode_source, pipeline, pipeline_source

TABS = {
    "encode": (encode.PARTS, lambda services: encode_source.build_source(services, services.catalogue.names("vae"))),
    "pipeline": (pipeline.PARTS, lambda services: pipeline_source.build_source(services.catalogue.names("denoiser"))),
}
NAMES = [(tab, part.name) for tab, (parts, _) in TABS.items() for part in parts]
FEW_STEPS = {"steps": 2}


@pytest.fixture(scope="module")
def services(zoo: Path) -> Services:
    runtime = choose_runtime()
    return Services(runtime, open_catalogue(zoo, runtime))


@pytest.fixture(scope="module")
def parts(services: Services) -> dict[tuple[str, str], tuple[Part, Any]]:
    """Every part of both tabs, with its presets."""
    made = {}
    for tab, (described, build_source) in TABS.items():
        with gr.Blocks():
            source = build_source(services)
            for one in described:
                made[tab, one.name] = (one.build(services, source), one.presets)
    return made


def values_of(part: Part, guess: str | None = None, **changed: object) -> dict[str, object]:
    settings = {name: default_of(component) for name, component in part.settings.items()}
    few = {name: value for name, value in FEW_STEPS.items() if name in settings}
    return {**settings, **dict.fromkeys(part.extras), **few, **changed, "guess": guess}


def frames(part: Part, values: dict[str, object]) -> list[Any]:
    made = part.run(values)
    return [item for item in made if not isinstance(item, Progress)] if inspect.isgenerator(made) else [made]


def run_code(code: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "copied", "exec"), {})


@pytest.mark.parametrize(("tab", "name"), NAMES)
def test_a_part_runs_as_it_opens_with_every_preset_and_after_a_guess(parts, tab: str, name: str) -> None:
    part, presets = parts[tab, name]
    assert (part.tab, part.name) == (tab, name)
    wishes: Iterator[dict[str, object]] = iter([{}, *presets.values()])
    for wish in wishes:
        assert set(wish) <= set(part.settings)
        calm = {**wish, "steps": 2} if "steps" in part.settings else {**wish, "size": "64"}
        for outputs in frames(part, values_of(part, **calm)):
            assert len(outputs) == len(part.outputs)
    if part.guess is not None:
        before, after = (frames(part, values_of(part, guess))[-1] for guess in (None, str(part.guess.choices[-1][1])))
        assert before != after


@pytest.mark.parametrize(("tab", "name"), NAMES)
def test_a_parts_code_runs_and_its_files_have_something_in_them(
    parts, tab: str, name: str, zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, _ = parts[tab, name]
    monkeypatch.setattr(store, "CHECKPOINTS", zoo)
    monkeypatch.chdir(tmp_path)
    values = values_of(part, None if part.guess is None else str(part.guess.choices[0][1]))
    run_code(part.code(values))
    assert part.downloads
    for make in part.downloads.values():
        file = make(values)
        assert len(file.content) > 60
        assert "." in file.name
