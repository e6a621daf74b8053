"""What holds for every part of every tab: something real at once, code that runs, readable, also on a telephone.

That the numbers on a screen are those of the library is tested for each tab by itself.
"""

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, TimeoutError, expect

from app.store import catalogue as store
from app.ui.build import TABS
from tests.ui.conftest import watched
from tests.ui.looking import reveal

pytestmark = [pytest.mark.browser, pytest.mark.slow]

UPSTREAM = {"aria-prohibited-attr"}
"""Rules of axe that gradio 6.31 itself breaks (an aria-label on an empty picture box)."""
WIDGETS = "attention|cells|chart|film|game|graded|ladder|map|maps|mask|pad|panels|plane|race|scrubber|timeline|tree"
"""Those that show what was computed."""
NOTHING_SHOWN = f"""part => [...document.querySelectorAll(`[id^="${{part}}-"] div[class^="lab-"]`)]
  .filter(e => e.parentElement.offsetParent !== null)
  .filter(e => e.className.match(/lab-({WIDGETS})$/) && !e.closest('.lab-ribbon'))
  .filter(e => !(e.dataset.drawn && (e.querySelector('img, canvas, svg') || e.innerText.trim())))
  .map(e => `${{e.parentElement.closest('[id]').id}}: ${{e.className}}`)"""
"""Widgets in view that have drawn no value yet, or one of which nothing can be seen."""


BEYOND = """part => [...document.querySelectorAll(`[id^="${part}-"] [data-drawn] :is(input, output)`)]
  .filter(e => e.offsetParent !== null)
  .filter(e => e.getBoundingClientRect().right > e.closest('[data-drawn]').getBoundingClientRect().right)
  .map(e => e.closest('[id]').id)"""
"""Controls that reach beyond the card they are in."""

TITLES = """tab => [...document.querySelectorAll(`#lab-${tab}-parts > .tab-wrapper .visually-hidden button`)]
  .map(e => e.textContent)"""
PRESS = """([tab, title]) => [...document.querySelectorAll(`#lab-${tab}-parts > .tab-wrapper button`)]
  .filter(e => !e.closest('.visually-hidden')).find(e => e.textContent === title).click()"""
"""All parts of a tab; and a press on one, which in a narrow window may be in a menu."""


def shown_parts(page: Page, tab: str) -> Iterator[str]:
    """Open every part of a tab, wait until it has computed something, and yield its id."""
    page.locator(f"#lab-{tab}-parts > .tab-wrapper button[role=tab]").first.wait_for()
    for title in page.evaluate(TITLES, tab):
        page.evaluate(PRESS, [tab, title])
        part = page.locator(f"#lab-{tab} .lab-part:visible").get_attribute("id").removeprefix("lab-")
        expect(page.locator(f"#{part}-status")).to_contain_text("computed in")
        wait_until_drawn(page, part)
        yield part


def wait_until_drawn(page: Page, part: str, seconds: float = 15) -> None:
    """Wait until every widget of a part that is in view has drawn its value; the names of those that have not, else."""
    try:
        page.wait_for_function(f"part => ({NOTHING_SHOWN})(part).length === 0", arg=part, timeout=seconds * 1000)
    except TimeoutError:
        assert page.evaluate(NOTHING_SHOWN, part) == [], part


def code_of(page: Page, part: str) -> str:
    """Open the code of a part and return it."""
    page.locator(f"#{part}-as-code summary").click()
    source = page.locator(f"#{part}-as-code pre")
    source.wait_for()
    return source.inner_text()


def check_accessible(page: Page, within: str | None) -> None:
    """Axe finds nothing serious on the page, or within a selector."""
    found = Axe().run(page, within, {"resultTypes": ["violations"]}).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical") and v["id"] not in UPSTREAM]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == [], within


@pytest.mark.parametrize("tab", TABS)
def test_every_part_is_real_at_once_can_be_read_and_has_code_that_compiles(
    browser: Browser, url: str, tab: str, zoo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the code runs is tested for each tab by itself; for Compress it is here."""
    monkeypatch.setattr(store, "CHECKPOINTS", zoo)
    monkeypatch.chdir(tmp_path)
    for page in watched(browser, f"{url}?tab={tab}"):
        seen = []
        for part in shown_parts(page, tab):
            assert page.get_by_test_id("toast-body").count() == 0, part  # nothing is complained about unasked
            check_accessible(page, f"#lab-{part}" if seen else None)  # the page around the parts once
            code = compile(code_of(page, part), part, "exec")
            if tab == "compress":
                with contextlib.redirect_stdout(io.StringIO()):
                    exec(code, {})
            seen.append(part)
        assert len(seen) > 1


def reveal_answer(page: Page, part: str) -> None:
    """Guess and see the answer, where there is a guess; a race, which takes its time, keeps its own."""
    if page.locator(f"#{part}-reveal").count() and part != "compress-race":
        reveal(page, part)
        expect(page.locator(f"#{part}-link input")).to_have_value(re.compile("guess="))
        wait_until_drawn(page, part)


@pytest.mark.parametrize("tab", TABS)
def test_a_telephone_at_night_shows_every_part_readable_and_within_its_width(
    browser: Browser, url: str, tab: str
) -> None:
    for page in watched(browser, f"{url}?tab={tab}", width=390, dark=True):
        for part in shown_parts(page, tab):
            reveal_answer(page, part)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, part
            assert page.evaluate(BEYOND, part) == []
            check_accessible(page, f"#lab-{part}")
