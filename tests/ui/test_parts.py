"""The thin parts of the page, without a browser: errors, presets, choices, durations, start-up."""

import os
import subprocess
import sys
from pathlib import Path

import gradio as gr
import pytest

from app.core.errors import BadRequest, LabError
from app.figures.palette import KINDS
from app.labs.gallery import NAMES
from app.ui.build import LAUNCH, build_demo, footer
from app.ui.errors import friendly, show_note
from app.ui.events import ON_CPU
from app.ui.services import make_services
from app.ui.tabs.encode import gallery_name, short
from app.ui.tabs.pipeline import MOST_STEPS, OPENING, PRESETS, make_request, preset
from app.ui.theme import page_css
from app.ui.widgets.values import clock
from tests.house.source import ROOT


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr(gr, "Warning", lambda text, **_: shown.append(text))
    return shown


def test_a_mistake_becomes_a_note_and_the_screen_stays(notes: list[str]) -> None:
    @friendly
    def handler(value: int) -> int:
        if value == 3:
            raise LabError("It is 3.", hint="Use 4.")
        return value

    assert handler(4) == 4
    assert handler(3) == gr.skip()
    assert notes == ["It is 3. Use 4."]


def test_what_was_typed_reaches_the_note_as_text(notes: list[str]) -> None:
    show_note(LabError("<b onclick=x>", hint="& 'so'"))
    assert "<" not in notes[0]


def test_a_bug_stays_a_bug(notes: list[str]) -> None:
    with pytest.raises(ZeroDivisionError):
        friendly(lambda: 1 / 0)()
    assert notes == []


@pytest.mark.parametrize("index", [-1, len(PRESETS), 10**9, 1.0, "1", None, [0], True])
def test_a_forged_choice_is_the_first_one_or_a_known_one(index: object) -> None:
    assert preset(index) in PRESETS.values()
    assert gallery_name(index) in NAMES


def test_every_preset_can_be_asked_for() -> None:
    assert [preset(i) for i in range(len(PRESETS))] == list(PRESETS.values())
    assert [gallery_name(i) for i in range(len(NAMES))] == list(NAMES)


def test_widgets_become_a_request() -> None:
    request = make_request("a red star", 12.0, 30.0, 4.5, "euler")
    assert (request.seed, request.steps, request.guidance, request.sampler) == (12, 30, 4.5, "euler")
    assert type(request.seed) is type(request.steps) is int
    assert make_request("a", None, None, None, "ddim").steps == OPENING.steps
    assert make_request("a", 1, 10**9, 3, "ddim").steps == MOST_STEPS


def test_a_seed_out_of_range_is_a_mistake_and_no_crash() -> None:
    with pytest.raises(BadRequest):
        make_request("a", -1, 10, 3, "ddim")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.00123, "1.2 ms"), (0.0099, "9.9 ms"), (0.214, "214 ms"), (0.9996, "1000 ms"), (1.84, "1.8 s")],
)
def test_durations_are_written_for_people(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_short_names_of_scenes() -> None:
    assert short("a large checkered green umbrella in the centre on a white background") == "umbrella"
    assert short("a small yellow crown above a large striped blue cup on a black background") == "crown and cup"


def test_every_event_that_computes_shares_one_queue_and_none_is_public(
    zoo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LATENT_LAB_CHECKPOINTS", str(zoo))
    demo = build_demo()
    assert len(demo.fns) == 14
    for event in demo.fns.values():
        assert event.api_visibility == "private"
        assert event.concurrency_id == ON_CPU["concurrency_id"]
        assert event.concurrency_limit == 2
        assert event.trigger_mode == "always_last"


def test_nothing_is_shared_or_remembered_or_fetched() -> None:
    assert LAUNCH["run_history"] is LAUNCH["ssr_mode"] is LAUNCH["enable_monitoring"] is False
    assert LAUNCH["footer_links"] == []
    assert "http" not in page_css()
    assert all(f"--kind-{kind}" in page_css() for kind in KINDS)


def test_the_footer_hides_where_the_folder_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "<b>torn").mkdir()
    monkeypatch.setenv("LATENT_LAB_CHECKPOINTS", str(tmp_path))
    text = footer(make_services())
    assert "torn" in text
    assert str(tmp_path) not in text
    assert "<b>" not in text


def test_no_heavy_library_is_loaded_before_somebody_needs_it(tmp_path: Path) -> None:
    names = "{'matplotlib', 'plotly', 'umap', 'sklearn', 'pandas.plotting'}"
    report = f"import sys; from app.ui.build import build_demo; build_demo(); print(*(set(sys.modules) & {names}))"
    result = subprocess.run(
        [sys.executable, "-c", report],
        cwd=ROOT,
        env={**os.environ, "LATENT_LAB_CHECKPOINTS": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip().splitlines()[-1:] in ([], ["pandas.plotting"])


def test_the_cache_folder_is_ours_and_is_removed_at_the_end() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "GRADIO_TEMP_DIR"}
    report = "import app.ui, os; print(os.environ['GRADIO_TEMP_DIR'], os.path.isdir(os.environ['GRADIO_TEMP_DIR']))"
    result = subprocess.run(
        [sys.executable, "-c", report], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    folder, there = result.stdout.split()
    assert there == "True"
    assert not Path(folder).exists()
