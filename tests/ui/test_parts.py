"""The thin parts of the page, without a browser: errors, presets, choices, durations, start-up."""

import base64
import io
import os
import subprocess
import sys
from pathlib import Path

import gradio as gr
import pytest
from PIL import Image

from app.core.errors import BadUpload, LabError
from app.figures.palette import KINDS
from app.ui.build import LAUNCH, build_demo, footer
from app.ui.errors import friendly, show_note
from app.ui.events import ON_CPU
from app.ui.services import make_services
from app.ui.tabs.encode_source import OPENING as FIRST
from app.ui.tabs.encode_source import on_sketch, on_upload
from app.ui.tabs.pipeline import PRESETS
from app.ui.tabs.pipeline_source import OPENING, next_seed, request_of
from app.ui.tabs.shelf import short
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


def sent(**data: object) -> gr.EventData:
    """An event as the browser, or anybody, may send it."""
    return gr.EventData(None, data)


def test_a_drawing_comes_through_the_door_of_the_uploads(notes: list[str]) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (8, 8), (200, 0, 0, 0)).save(buffer, "PNG")
    url = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    name, drawn, key = on_sketch(sent(png=url))
    assert (name, drawn.getpixel((3, 3)), len(key)) == ("own", (255, 255, 255), 64)
    assert notes == []
    for forged in ("https://elsewhere/a.png", "data:image/png;base64,nonsense", None, 3, "data:text/html,<b>"):
        assert on_sketch(sent(png=forged)) == (gr.skip(), gr.skip(), gr.skip())
    assert len(notes) == 5


def test_an_upload_that_is_taken_away_gives_the_opening_and_a_bad_one_changes_nothing(notes: list[str]) -> None:
    assert on_upload(None) == (FIRST, gr.skip(), "")
    assert on_upload(BadUpload("It is no picture.", hint="Send one.")) == (gr.skip(), None, gr.skip())
    assert notes == ["It is no picture. Send one."]


def test_presets_of_the_pipeline_are_requests() -> None:
    opening = {name: getattr(OPENING, name) for name in ("caption", "seed", "steps", "guidance", "sampler")}
    for preset in PRESETS.values():
        request = request_of({**opening, **preset})
        assert all(getattr(request, name) == value for name, value in preset.items())
    assert request_of({**opening, **next(iter(PRESETS.values()))}) == OPENING


def test_seeds_count_up_and_begin_again() -> None:
    assert [next_seed(seed) for seed in (None, 3.0, 2**31 - 1)] == [1, 4, 0]


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
    computing = [event for event in build_demo().fns.values() if event.fn is not None and event.queue]
    assert len(computing) > 50
    for event in computing:
        assert event.api_visibility == "private", event
        assert event.concurrency_id == ON_CPU["concurrency_id"], event
        assert event.concurrency_limit == 2
        furniture = any(name == "ask" for _, name in event.targets)  # its events take turns (app.ui.turns)
        assert event.trigger_mode == ("multiple" if furniture else "always_last")


def test_what_is_sent_straight_to_a_handler_is_judged_by_the_kit_alone(
    zoo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """gradio's own checks of sliders and choices raise what no visitor can read (app.ui.settings has the sentences)."""
    monkeypatch.setenv("LATENT_LAB_CHECKPOINTS", str(zoo))
    demo = build_demo()
    furniture = [event for event in demo.fns.values() if any(name == "ask" for _, name in event.targets)]
    settings = [
        one for event in furniture for one in event.inputs if hasattr(one, "choices") or hasattr(one, "minimum")
    ]
    assert len(settings) > 50
    for one in settings:
        assert one.preprocess("many") == "many", one


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


def test_no_heavy_library_is_loaded_before_somebody_needs_it(zoo: Path) -> None:
    """There are models, so every part is built."""
    names = "{'matplotlib', 'plotly', 'umap', 'sklearn', 'pandas.plotting'}"
    report = f"import sys; from app.ui.build import build_demo; build_demo(); print(*(set(sys.modules) & {names}))"
    result = subprocess.run(
        [sys.executable, "-c", report],
        cwd=ROOT,
        env={**os.environ, "LATENT_LAB_CHECKPOINTS": str(zoo)},
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
