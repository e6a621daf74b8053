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
from app.labs.gallery import SCENES
from app.store import catalogue as store
from app.store.catalogue import open_catalogue
from app.ui.part import Part, Progress
from app.ui.services import Services
from app.ui.settings import default_of
from app.ui.tabs import encode, encode_cell, encode_source, pipeline, pipeline_own, pipeline_source

TABS = {
    "encode": (encode.PARTS, lambda services: encode_source.build_source(services, encode_source.scene_vaes(services))),
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


def test_a_pictures_way_through_the_model_tells_every_step_and_is_kept(parts) -> None:
    part, _ = parts["pipeline", "own"]
    values = values_of(part, caption="a red star", strength=1.0, steps=5)
    told = [item.share for item in part.run(values) if isinstance(item, Progress)]
    assert told == [0.0, *(pytest.approx(step / 6) for step in range(1, 6))]
    assert [item for item in part.run(values) if isinstance(item, Progress)] == []


def test_a_stopped_way_leaves_nothing_behind(parts) -> None:
    part, _ = parts["pipeline", "own"]
    values = values_of(part, caption="a blue cup", strength=1.0, steps=5)
    running = part.run(values)
    assert [next(running).share for _ in range(3)] == [0.0, pytest.approx(1 / 6), pytest.approx(2 / 6)]
    running.close()
    assert len([item for item in part.run(values) if isinstance(item, Progress)]) == 6


def test_the_gradient_is_checked_once_for_all_cells(parts, monkeypatch: pytest.MonkeyPatch) -> None:
    part, _ = parts["encode", "cell"]
    checked: list[object] = []
    check = encode_cell.check_gradient
    monkeypatch.setattr(encode_cell, "check_gradient", lambda *given: checked.append(given) or check(*given))
    shown = [frames(part, values_of(part, picture=SCENES[5], **cell))[-1][1] for cell in ({}, {"row": 3}, {"seed": 2})]
    assert len(checked) == 1
    assert len({one["data"] for one in shown}) == 3
    frames(part, values_of(part, picture=SCENES[4]))
    assert len(checked) == 2


@pytest.mark.parametrize(("name", "most"), [("cell", 256), ("surgery", 256), ("draws", 128)])
def test_a_part_that_takes_no_large_picture_says_so(parts, name: str, most: int) -> None:
    part, _ = parts["encode", name]
    for size, said in (("64", False), (encode_source.WHOLE, True)):
        frame = frames(part, values_of(part, size=size))[-1]
        assert (
            any(f"{most} \u00d7 {most} pixels" in one["data"].encode().decode("unicode_escape") for one in frame)
            == said
        )


def test_only_vaes_of_scenes_are_offered_the_main_one_first(services: Services) -> None:
    offered = encode_source.scene_vaes(services)
    assert "digits" in services.catalogue.names("vae")
    assert "digits" not in offered
    assert offered[0] == "f4c4"


def test_typing_runs_nothing_until_it_is_done_and_a_click_runs_once(parts) -> None:
    for name, fields in (("cell", ("row", "column", "seed")), ("surgery", ("row", "column", "to_row", "to_column"))):
        part, _ = parts["encode", name]
        typed = {(one.__self__, one.event_name) for one in part.triggers}
        for field in fields:
            events = {event for component, event in typed if component is part.settings[field]}
            assert events == {"submit", "blur"}, (name, field)
        others = [event for component, event in typed if component not in part.settings.values()]
        assert others == ["change"]  # of the hidden field that a click sets


def test_a_picture_that_is_taken_away_leaves_the_one_that_its_part_opens_with(services: Services) -> None:
    with gr.Blocks() as page:
        picture, own, _ = pipeline_own.choose_picture()
    clearing = next(fn for fn in page.fns.values() if (own._id, "clear") in fn.targets)
    assert clearing.fn(None)[0] == picture.value == pipeline_own.OPENING
    assert pipeline_own.OPENING != encode_source.OPENING


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
