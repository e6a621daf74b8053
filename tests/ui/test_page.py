"""The page as a whole: it starts with whatever checkpoints there are, and can be read by everybody."""

from pathlib import Path

import gradio as gr
import pytest
from playwright.sync_api import Browser, Page, expect

from app.ui.build import TABS
from app.ui.services import make_services
from tests.checkpoints import make_vae
from tests.ui.conftest import watched
from tests.ui.looking import wait_for_draw
from tests.ui.serving import serve

pytestmark = pytest.mark.browser

UNNAMED = """() => [...document.querySelectorAll('input, textarea, select, button, canvas, img')]
  .filter(e => e.offsetParent !== null && e.type !== 'file' && e.getAttribute('aria-hidden') !== 'true')
  .filter(e => !(e.getAttribute('aria-label') || e.title || (e.labels && e.labels[0]?.textContent.trim())
    || e.textContent.trim() || e.hasAttribute('alt')))
  .map(e => e.outerHTML.slice(0, 120))"""


def test_one_heading_and_a_name_on_every_control(page: Page) -> None:
    for tab, ready in {"Pipeline": "#pipeline-ribbon", "Encode": "#encode-panels"}.items():
        page.get_by_role("tab", name=tab).click()
        wait_for_draw(page, ready)
        expect(page.get_by_role("heading", level=1)).to_have_text("Latent Lab")
        assert page.evaluate(UNNAMED) == []


def test_a_telephone_shows_everything_without_scrolling_sideways(browser: Browser, url: str) -> None:
    wide = "e => e.getBoundingClientRect().right > 390.5"
    for page in watched(browser, url, width=390):
        for tab, ready in {"Pipeline": "#pipeline-ribbon", "Encode": "#encode-panels"}.items():
            page.get_by_role("tab", name=tab).click()
            wait_for_draw(page, ready)
            assert page.evaluate("document.documentElement.scrollWidth") == 390
            found = f"[...document.querySelectorAll('.lab-columns *, .lab-ribbon *')].filter({wide}).length"
            assert page.evaluate(found) == 0


def test_every_figure_carries_its_stamp(page: Page) -> None:
    wait_for_draw(page, "#pipeline-ribbon")
    wait_for_draw(page, "#pipeline-scrubber")
    for widget in ("#pipeline-ribbon", "#pipeline-scrubber"):
        expect(page.locator(f"{widget} .lab-stamp")).to_have_text("measured now")
    page.get_by_role("tab", name="Encode").click()
    wait_for_draw(page, "#encode-panels")
    wait_for_draw(page, "#encode-maps")
    for widget in ("#encode-panels", "#encode-maps"):
        groups = page.locator(f"{widget} .lab-group")
        assert groups.count() > 0
        assert groups.locator(".lab-stamp").all_inner_texts() == ["measured now"] * groups.count()


def test_without_checkpoints_each_tab_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LATENT_LAB_CHECKPOINTS", str(tmp_path))
    said = {}
    for name, tab in TABS.items():
        with gr.Blocks() as page:
            tab.build(make_services())
        said[name] = " ".join(str(block.value) for block in page.blocks.values() if isinstance(block, gr.Markdown))
    assert [name for name, text in said.items() if "python -m app train" not in text] == []
    assert "python -m app train generator" in said["pipeline"]
    assert "python -m app train f4c4" in said["encode"]


def test_a_damaged_checkpoint_is_reported_and_the_rest_works(browser: Browser, tmp_path: Path) -> None:
    checkpoints = tmp_path / "checkpoints"
    make_vae(checkpoints, "good", 4, 4)
    make_vae(checkpoints, "torn", 4, 4)
    (checkpoints / "torn" / "weights.safetensors").write_bytes(b"torn")
    with serve(tmp_path, checkpoints) as url:
        for page in watched(browser, url):
            expect(page.locator("#lab-foot")).to_contain_text("torn/weights.safetensors is not the file")
            expect(page.locator("#lab-foot")).not_to_contain_text(str(tmp_path))
            page.get_by_role("tab", name="Encode").click()
            wait_for_draw(page, "#encode-panels")


def test_visitors_do_not_share_what_they_chose(browser: Browser, page: Page, url: str) -> None:
    wait_for_draw(page, "#pipeline-scrubber")
    page.get_by_role("button", name="Only 2 steps").click()
    wait_for_draw(page, "#pipeline-scrubber", 1)
    for fresh in watched(browser, url):
        wait_for_draw(fresh, "#pipeline-scrubber")
        expect(fresh.locator("#pipeline-scrubber output")).to_have_text("step 20 of 20")
