"""The browser benchmark: its table fits the page, scrubbing asks the server nothing, and what is missing is a dash."""

import re
from urllib.parse import parse_qs

import pytest

from app.cli import browser_bench, browser_server
from app.cli.browser_actions import ACTIONS
from app.cli.browser_bench import line_of
from app.core.errors import BadRequest
from app.ui.build import TABS, build_demo

SCRUB = next(action for action in ACTIONS if action.event == "scrub")


def ids_of(action) -> set[str]:
    """Return the ids that an action names."""
    named = [action.on, action.watch, *(selector for selector, _ in action.before)]
    return {found for selector in named for found in re.findall(r"#([\w-]+)", selector)}


def test_every_row_names_elements_that_the_page_has(zoo, monkeypatch):
    monkeypatch.setenv("LATENT_LAB_CHECKPOINTS", str(zoo))
    known = {component.get("props", {}).get("elem_id") for component in build_demo().config["components"]}
    for action in ACTIONS:
        asked = {name: values[0] for name, values in parse_qs(action.view.lstrip("?")).items()}
        assert asked["tab"] in TABS, action.what
        assert f"lab-{asked['tab']}-{asked['part']}" in known, action.what
        if f"{asked['tab']}-{asked['part']}-head" in known:  # else the part says what it needs: a model is not there
            assert ids_of(action) <= known, action.what


def test_a_row_says_median_high_target_and_requests():
    found = [(float(ms), 0) for ms in range(1, 22)]
    assert line_of(SCRUB, found).split()[-5:] == ["11.0", "20.0", "20", "21", "0"]
    assert line_of(SCRUB, found[:1]).split()[-5:] == ["1.0", "1.0", "20", "1", "0"]


@pytest.mark.parametrize("found", [None, []])
def test_what_is_missing_is_a_dash(found):
    assert line_of(SCRUB, found).split()[-5:] == ["–", "–", "20", "–", "–"]


def test_without_playwright_there_is_one_sentence_and_a_hint(monkeypatch):
    monkeypatch.setattr(browser_server, "find_spec", lambda _: None)
    with pytest.raises(BadRequest, match="Playwright") as caught, browser_server.headless():
        pass
    assert "requirements-dev.txt" in caught.value.hint


def test_a_browser_that_does_not_start_is_a_sentence(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    with pytest.raises(BadRequest, match="Chromium"), browser_server.headless():
        pass


@pytest.mark.parametrize("repeats", [0, 1001])
def test_impossible_repetitions_are_refused(tmp_path, repeats):
    with pytest.raises(BadRequest, match="repeats"):
        browser_bench.browser_bench(tmp_path, repeats)


@pytest.mark.browser
def test_scrubbing_is_timed_and_asks_the_server_nothing(browser, url):
    found = browser_bench._measured(browser, url, SCRUB, 3)
    assert [requests for _, requests in found] == [0, 0, 0]
    assert all(ms > 0 for ms, _ in found)


@pytest.mark.browser
def test_a_part_that_is_not_there_is_no_row(browser, url):
    gone = browser_bench.Action("gone", 1, "?tab=nowhere&part=run", "click", "#nothing", "#nothing")
    assert browser_bench._measured(browser, url, gone, 1) is None
