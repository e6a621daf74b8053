"""What every part does alike, without a browser: run, address, presets, reset, guess, downloads, and mistakes."""

import json
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest
import torch

from app.core.cores import Cores
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
def guessing(handle) -> Handlers:
    """The same part with a guess."""
    guess = gr.Radio(["low", "high"], value=None, label="guess")
    return Handlers(replace(handle.part, guess=guess, reveal=gr.Button("Reveal")), handle.presets)


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
    told = json.loads(progress[-1]["data"])
    assert (told["text"], told["share"]) == ("half", 0.5)
    assert told["run"] > 0  # so that the page knows what a run that was stopped still tells
    assert final[0] == "t=5 y guess=None own=mine"
    assert json.loads(final[1]["data"]) == {"address": "?tab=tab&part=part&t=5&which=y", "code": "print(5)"}
    assert json.loads(final[2]["data"])["text"].startswith("computed in ")


def test_a_guess_counts_until_reset_and_stands_in_the_address(guessing) -> None:
    revealed = last(guessing.on_reveal(5, "x", None, "high", None))
    assert revealed[0] == "t=5 x guess=high own=None"
    assert revealed[-1] == "high"
    assert last(guessing.on_run(6, "x", None, "low", "high"))[0] == "t=6 x guess=high own=None"
    assert last(guessing.on_preset(6, "x", None, "low", "high", SimpleNamespace(index=0)))[2].startswith(
        "t=7 x guess=high"
    )
    assert last(guessing.on_run(6, "x", None, "low", None))[0] == "t=6 x guess=None own=None"
    assert last(guessing.on_reset(6, "x", None, "low", "high"))[3] == "t=3 x guess=None own=None"
    address = json.loads(revealed[1]["data"])["address"]
    assert address == "?tab=tab&part=part&t=5&guess=high"
    opened = last(guessing.on_furniture(3, "x", None, "low", None, event(what="open", query=address)))
    assert opened[:6] == [5, "x", gr.skip(), "high", "high", "t=5 x guess=high own=None"]
    reset = last(guessing.on_furniture(5, "x", None, "high", "high", event(what="reset")))
    assert reset[:6] == [3, "x", None, None, None, "t=3 x guess=None own=None"]


@pytest.mark.parametrize("guess", ["middle", None, ""])
def test_a_guess_that_is_no_choice_is_a_note_and_commits_nothing(guessing, notes, guess) -> None:
    final = last(guessing.on_reveal(5, "x", None, guess, None))
    assert len(notes) == 1
    assert len(final) == 4
    assert final[-1] == gr.skip()


def test_a_part_with_a_guess_opens_without_one_and_without_a_note(guessing, notes) -> None:
    opened = last(guessing.on_furniture(3, "x", None, None, None, event(what="open", query="?tab=tab&part=part&t=5")))
    assert opened[:6] == [5, "x", gr.skip(), gr.skip(), None, "t=5 x guess=None own=None"]
    last(guessing.on_furniture(3, "x", None, None, None, event(what="open", query="?tab=tab&part=part&guess=")))
    assert len(notes) == 1


def test_a_guess_that_counts_once_is_not_kept(guessing) -> None:
    once = Handlers(replace(guessing.part, once=True), {})
    revealed = last(once.on_reveal(5, "x", None, "high", None))
    assert revealed[0] == "t=5 x guess=high own=None"
    assert "guess" not in json.loads(revealed[1]["data"])["address"]
    assert last(once.on_run(6, "x", None, "high", "high"))[0] == "t=6 x guess=None own=None"


@pytest.mark.parametrize("query", ["?tab=tab&part=part&t=13", "?tab=tab&part=part&t=5&guess=middle"])
def test_an_address_that_no_run_can_follow_opens_the_default_with_a_note(guessing, notes, query) -> None:
    """Also where only the run finds out."""
    final = last(guessing.on_furniture(3, "x", None, "low", None, event(what="open", query=query)))
    assert final[:2] == [3, "x"]
    assert final[5] == "t=3 x guess=None own=None"
    assert len(notes) == 1


def test_an_address_of_a_tab_that_is_not_there_is_said_once(guessing, notes) -> None:
    last(guessing.on_furniture(3, "x", None, "low", None, event(what="open", query="?tab=nowhere", lost=True)))
    assert notes == [wiring.LOST]


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


def test_a_download_is_made_of_the_view_on_the_screen_not_of_what_was_set_since(
    guessing, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    asked = SimpleNamespace(index=0, address="?tab=tab&part=part&t=5&guess=high")
    made = guessing.on_download(42, "y", None, "low", None, asked)
    with open(made["files"]["file"]["path"], "rb") as file:
        assert file.read() == b"5"


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
    answer, visitor = wired(handle, handle.on_furniture, Cores(1), 3, 6), SimpleNamespace(session_hash="ann")
    run = answer(50, "y", None, event(what="open"), visitor)
    next(run)
    assert len(list(answer(50, "y", None, event(what="download", index=0), visitor))) == 1
    assert len(list(run)) == 1
    run = answer(50, "y", None, event(what="open"), visitor)
    next(run)
    assert len(list(answer(50, "y", None, event(what="reset"), visitor))) == 2
    assert list(run) == [[gr.skip()] * 6]


def test_each_step_of_a_run_has_its_share_of_the_cores(handle) -> None:
    before, cores = torch.get_num_threads(), Cores(2)

    def threads(_):
        for _ in range(3):
            yield [torch.get_num_threads()]

    counting = Handlers(replace(handle.part, run=threads), {})
    run = wired(counting, counting.on_furniture, cores, 3, 6)(
        50, "y", None, event(what="again"), SimpleNamespace(session_hash="ann")
    )
    try:
        alone = next(run)
        with cores.share():
            beside = next(run)
        again = next(run)
    finally:
        torch.set_num_threads(before)
    assert [frame[3] for frame in (alone, beside, again)] == [2, 1, 2]
