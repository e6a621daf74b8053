"""The page as a whole: it starts with whatever checkpoints there are, and can be read by everybody."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.checkpoints import make_vae
from tests.ui.conftest import watched
from tests.ui.looking import wait_for_draw
from tests.ui.serving import new_context, open_page, serve

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


@pytest.mark.parametrize("dark", [False, True])
def test_a_telephone_shows_everything_without_scrolling_sideways(browser: Browser, url: str, dark: bool) -> None:
    context = new_context(browser, width=390, dark=dark)
    page = open_page(context, url)
    for tab, ready in {"Pipeline": "#pipeline-ribbon", "Encode": "#encode-panels"}.items():
        page.get_by_role("tab", name=tab).click()
        wait_for_draw(page, ready)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        wide = "e => e.getBoundingClientRect().right > 390.5"
        assert (
            page.evaluate(f"[...document.querySelectorAll('.lab-columns *, .lab-ribbon *')].filter({wide}).length") == 0
        )
    context.close()


def test_every_figure_carries_its_stamp(page: Page) -> None:
    wait_for_draw(page, "#pipeline-ribbon")
    wait_for_draw(page, "#pipeline-scrubber")
    for widget in ("#pipeline-ribbon", "#pipeline-scrubber"):
        expect(page.locator(f"{widget} .lab-stamp")).to_have_text("measured now")
    page.get_by_role("tab", name="Encode").click()
    wait_for_draw(page, "#encode-panels")
    for widget in ("#encode-panels", "#encode-maps"):
        stamps = page.locator(f"{widget} .lab-group .lab-stamp")
        assert stamps.all_inner_texts() == ["measured now"] * page.locator(f"{widget} .lab-group").count()


def test_without_checkpoints_each_tab_says_what_to_do(browser: Browser, tmp_path: Path) -> None:
    with serve(tmp_path, tmp_path / "nothing") as url:
        for page in watched(browser, url):
            expect(page.get_by_text("python -m app train generator")).to_be_visible()
            page.get_by_role("tab", name="Encode").click()
            expect(page.get_by_text("python -m app train f4c4")).to_be_visible()


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
    other = new_context(browser)
    fresh = open_page(other, url)
    wait_for_draw(fresh, "#pipeline-scrubber")
    expect(fresh.locator("#pipeline-scrubber output")).to_have_text("step 20 of 20")
    other.close()
