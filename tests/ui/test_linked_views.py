"""A link opens the same screen in another browser; nonsense opens the default with a note."""

from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from app.labs.gallery import NAMES
from tests.ui.conftest import watched
from tests.ui.looking import pixels, wait_for_draw

pytestmark = pytest.mark.browser

MAIN = "#pipeline-scrubber .lab-main canvas"


def test_a_pipeline_link_restores_settings_and_picture_in_a_new_browser(page: Page, browser: Browser) -> None:
    wait_for_draw(page, "#pipeline-link")
    wait_for_draw(page, "#pipeline-scrubber")
    page.get_by_role("button", name="Only 2 steps").click()
    wait_for_draw(page, "#pipeline-scrubber", 1)
    page.get_by_label("Caption").fill("a small red star")
    page.locator("#pipeline-generate").click()
    wait_for_draw(page, "#pipeline-scrubber", 2)
    address = page.locator("#pipeline-link input").input_value()
    for other in watched(browser, address):
        wait_for_draw(other, "#pipeline-scrubber")
        expect(other.get_by_label("Caption")).to_have_value("a small red star")
        expect(other.locator("#pipeline-scrubber output")).to_have_text("step 2 of 2")
        np.testing.assert_array_equal(pixels(other.locator(MAIN)), pixels(page.locator(MAIN)))
        assert other.locator("#pipeline-link input").input_value() == address


def test_an_encode_link_opens_the_tab_with_its_vae_and_picture(browser: Browser, url: str) -> None:
    query = urlencode({"tab": "encode", "vae": "f8c4", "picture": NAMES[7]})
    for page in watched(browser, f"{url}?{query}"):
        wait_for_draw(page, "#encode-panels")
        expect(page.get_by_label("VAE")).to_have_value("f8c4: 48 times fewer numbers")
        expect(page.locator("#encode-shelf button[aria-pressed=true]")).to_have_attribute("title", NAMES[7])
        expect(page.locator("#encode-panels .lab-facts")).to_contain_text("4 × 8 × 8")
        assert page.locator("#encode-link input").input_value() == f"{url}?{query}"


@pytest.mark.parametrize(
    "query", ["tab=pipeline&steps=many", "tab=pipeline&sampler=../../etc", "tab=pipeline&guidance=99"]
)
def test_a_malformed_link_opens_the_default_with_a_note(browser: Browser, url: str, query: str) -> None:
    for page in watched(browser, f"{url}?{query}"):
        wait_for_draw(page, "#pipeline-scrubber")
        expect(page.get_by_test_id("toast-body").first).to_be_visible()
        expect(page.locator("#pipeline-link input")).to_have_value(f"{url}?tab=pipeline")
