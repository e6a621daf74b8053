"""The levels of a tab: they can be opened, formulas are rendered, and the copied code makes what is on the screen."""

import contextlib
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.core.pictures import to_bytes
from app.labs import snippets
from app.labs.generate import GenerateRequest
from app.store import catalogue as store
from app.ui.levels import read_text
from tests.ui.looking import pixels, wait_for_draw

pytestmark = pytest.mark.browser

TABS = {"Pipeline": "#pipeline-ribbon", "Encode": "#encode-panels"}


def open_levels(page: Page, tab: str) -> str:
    """Open every level of a tab; returns the code."""
    page.get_by_role("tab", name=tab).click()
    wait_for_draw(page, TABS[tab])
    for level in ("In words", "In maths", "As code"):
        page.locator(f"#{tab.lower()}-levels").get_by_role("button", name=level).click()
    wait_for_draw(page, f"#{tab.lower()}-code")
    return page.locator(f"#{tab.lower()}-code pre").inner_text()


def run(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path, zoo) -> dict[str, object]:
    """Run copied code as a visitor would, with the test's checkpoints in place of the shipped ones."""
    monkeypatch.setattr(store, "CHECKPOINTS", zoo)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "copied", "exec"), names)
    return names


def test_the_code_of_the_pipeline_makes_the_picture_on_the_screen(page: Page, monkeypatch, tmp_path, zoo) -> None:
    wait_for_draw(page, "#pipeline-scrubber")
    page.get_by_role("button", name="Two things").click()
    wait_for_draw(page, "#pipeline-scrubber", 1)
    made = run(open_levels(page, "Pipeline"), monkeypatch, tmp_path, zoo)
    shown = pixels(page.locator("#pipeline-scrubber .lab-main canvas")).astype(int)
    assert np.abs(shown - to_bytes(made["result"].picture)[0]).max() <= 2  # one thread or two: sums in another order
    with Image.open(tmp_path / "picture.png") as saved:
        assert saved.size == (64, 64)


def test_the_code_of_encode_makes_the_reconstruction_on_the_screen(page: Page, monkeypatch, tmp_path, zoo) -> None:
    page.get_by_role("tab", name="Encode").click()
    wait_for_draw(page, "#encode-panels")
    page.locator("#encode-shelf button").nth(7).click()
    wait_for_draw(page, "#encode-panels", 1)
    made = run(open_levels(page, "Encode"), monkeypatch, tmp_path, zoo)
    shown = pixels(page.locator("#encode-panels .lab-group").first.locator("img").nth(1)).astype(int)
    assert np.abs(shown - to_bytes(made["result"].reconstruction)[0]).max() <= 2


@pytest.mark.parametrize("tab", TABS)
def test_words_and_formulas_are_there(page: Page, tab: str) -> None:
    open_levels(page, tab)
    name = tab.lower()
    words = read_text(name, "words").replace("*", "")
    expect(page.locator(f"#{name}-words").get_by_test_id("markdown")).to_contain_text(words.split("\n")[0])
    maths = page.locator(f"#{name}-maths")
    expect(maths.locator(".katex").first).to_be_visible()
    assert maths.locator(".katex").count() >= read_text(name, "maths").count("$$") // 2
    expect(maths).not_to_contain_text("$$")


def test_a_caption_can_only_ever_be_a_string_in_the_code(tmp_path, monkeypatch, zoo) -> None:
    nasty = 'a red star"); raise SystemExit(\'\\\' + """x\nimport os'
    code = snippets.generate_code(GenerateRequest(nasty, steps=1), "generator")
    line = next(line for line in code.splitlines() if line.startswith("request = "))
    scope = {"GenerateRequest": GenerateRequest}
    exec(line, scope)
    assert scope["request"].caption == nasty
