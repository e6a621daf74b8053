"""What every part does alike, without a browser: run, address, presets, reset, guess, downloads, and mistakes."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest

from app.core.errors import BadRequest
from app.ui import wiring
from app.ui.connect import wired
from app.ui.part import Download, Part, Progress
from app.ui.turns import Turns
from app.ui.wiring import Handlers


def run(values):
    if values["t"] == 13:
        raise BadRequest("Thirteen is unlucky.", hint="Take another.")
    yield Progress("half", 0.5)
    yield [f"t={values['t']} {values['which']} guess={values['guess']} own={values['own']}"]


@pytest.fixture
def handle() -> Handlers:
    settings = {"t": gr.Slider(0, 100, 3, step=1, label="t"), "which": gr.Dropdown(["x", "y"], value="x", label="w")}
    part = Part(
        "tab", "part", settings, [gr.HTML()], run, lambda values: f"print({values['t']!r})",
        downloads={"CSV": lambda values: Download("t.csv", str(values["t"]).encode())}, extras={"own": gr.State(None)},
    )  # fmt: skip
    return Handlers(part, {"Seven": {"t": 7}, "Other": {"which": "y"}})


@pytest.fixture
def notes(monkeypatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr(wiring, "show_note", lambda error: shown.append(str(error)))
    monkeypatch.setattr(wiring, "show_problem", lambda text: text and shown.append(text))
    return shown


def last(frames) -> list:
    *_, final = frames
    return final


def test_a_run_shows_progress_then_its_outputs_link_code_and_time(handle) -> None:
    progress, final = list(handle.on_run(5, "y", "mine"))
    assert json.loads(progress[-1]["data"]) == {"text": "half", "share": 0.5}
    assert final[0] == "t=5 y guess=None own=mine"
    assert json.loads(final[1]["data"]) == {"address": "?tab=tab&part=part&t=5&which=y", "code": "print(5)"}
    assert json.loads(final[2]["data"])["text"].startswith("computed in ")


def test_a_guess_is_handed_to_the_run(handle) -> None:
    assert last(handle.on_reveal(5, "x", None, "low"))[0] == "t=5 x guess=low own=None"


def test_a_preset_sets_what_it_names_and_leaves_the_rest_as_it_opens(handle) -> None:
    assert last(handle.on_preset(50, "y", None, SimpleNamespace(index=0)))[:3] == [7, "x", "t=7 x guess=None own=None"]
    assert last(handle.on_preset(50, "y", None, SimpleNamespace(index=99)))[:2] == [3, "x"]


def test_an_address_restores_what_it_says(handle) -> None:
    event = SimpleNamespace(query="?tab=tab&part=part&t=5&which=y")
    assert last(handle.on_open(3, "x", None, event))[:3] == [5, "y", "t=5 y guess=None own=None"]


@pytest.mark.parametrize("query", ["?tab=tab&part=part&t=500", "?tab=tab&part=part&which=z", "?tab=tab&hack=1"])
def test_an_address_that_cannot_be_followed_opens_the_default_with_a_note(handle, notes, query) -> None:
    assert last(handle.on_open(3, "x", None, SimpleNamespace(query=query)))[:2] == [3, "x"]
    assert notes


@pytest.mark.parametrize("query", ["", "?tab=other&t=5", "?tab=tab&part=another&t=5"])
def test_an_address_of_another_part_asks_for_nothing(handle, notes, query) -> None:
    assert last(handle.on_open(3, "x", None, SimpleNamespace(query=query)))[:2] == [3, "x"]
    assert notes == []


def test_reset_goes_back_and_drops_the_visitors_picture(handle) -> None:
    assert last(handle.on_reset(50, "y", "mine"))[:4] == [3, "x", None, "t=3 x guess=None own=None"]


def test_a_mistake_is_a_note_and_changes_nothing(handle, notes) -> None:
    final = last(handle.on_run(13, "x", None))
    assert notes == ["Thirteen is unlucky. Take another."]
    assert all(value == gr.skip() for value in final[:-1])
    assert len(final) == 3
    assert len(last(handle.on_run("many", "x", None))) == 3
    assert "no number" in notes[1]


def test_a_download_is_made_of_what_is_on_the_screen(handle, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    made = handle.on_download(42, "x", None, SimpleNamespace(index=0))
    with open(made["files"]["file"]["path"], "rb") as file:
        assert file.read() == b"42"
    assert json.loads(made["data"])["name"] == "t.csv"


def event(**data: object) -> gr.EventData:
    """What the furniture of the part asks for."""
    return gr.EventData(SimpleNamespace(elem_id="tab-part-head"), data)


FURNITURE = {
    "open": (event(what="open", query="?tab=tab&part=part&t=5"), [5, "x"], "t=5 x guess=None own=mine"),
    "again": (event(what="again"), [gr.skip(), gr.skip()], "t=50 y guess=None own=mine"),
    "preset": (event(what="preset", index=0), [7, "x"], "t=7 x guess=None own=mine"),
    "reset": (event(what="reset"), [3, "x"], "t=3 x guess=None own=None"),
    "forged": (gr.EventData(None, None), [gr.skip(), gr.skip()], "t=50 y guess=None own=mine"),
    "unknown": (event(what="sell"), [gr.skip(), gr.skip()], "t=50 y guess=None own=mine"),
}


@pytest.mark.parametrize("name", FURNITURE)
def test_one_event_does_what_each_piece_of_furniture_asks(handle, name) -> None:
    asked, settings, shown = FURNITURE[name]
    frames = list(handle.on_furniture(50, "y", "mine", asked))
    assert {len(frame) for frame in frames} == {2 + 1 + 1 + 2}
    assert frames[-1][:2] == settings
    assert frames[-1][2] == (None if name == "reset" else gr.skip())
    assert frames[-1][3] == shown


def test_a_file_that_is_asked_for_changes_nothing_on_the_screen(handle, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    (frame,) = handle.on_furniture(42, "x", None, event(what="download", index=0))
    assert all(value == gr.skip() for value in [*frame[:-2], frame[-1]])
    assert json.loads(frame[-2]["data"])["name"] == "t.csv"


def test_of_two_runs_of_a_visitor_the_later_one_stays() -> None:
    turns = Turns()
    first, other = turns.take("ann", iter("abc"), "-"), turns.take("ben", iter("xyz"), "-")
    assert (next(first), next(other)) == ("a", "x")
    second = turns.take("ann", iter("123"), "-")
    assert next(second) == "1"
    assert list(first) == ["-"]
    assert list(second) == ["2", "3"]
    assert list(other) == ["y", "z"]


def test_a_file_that_is_asked_for_does_not_end_a_run(handle, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    answer, visitor = wired(handle, handle.on_furniture, 3, 6), SimpleNamespace(session_hash="ann")
    run = answer(50, "y", None, event(what="open"), visitor)
    next(run)
    assert len(list(answer(50, "y", None, event(what="download", index=0), visitor))) == 1
    assert len(list(run)) == 1
    run = answer(50, "y", None, event(what="open"), visitor)
    next(run)
    assert len(list(answer(50, "y", None, event(what="reset"), visitor))) == 2
    assert list(run) == [[gr.skip()] * 6]
