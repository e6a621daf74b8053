"""A picture taken with the visitor's camera is encoded like an uploaded one."""

import pytest
from playwright.sync_api import Browser

from tests.ui.looking import draws, pixels, wait_for_draw
from tests.ui.serving import FLAGS, new_context, open_page
from tests.ui.test_encode_tab import PANELS

pytestmark = pytest.mark.browser

CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
"""Chromium's own camera for tests: a moving disc on bright green."""


def test_a_picture_of_the_camera_is_encoded(browser: Browser, chromium: str, url: str) -> None:
    seeing = browser.browser_type.launch(executable_path=chromium, headless=True, args=[*FLAGS, *CAMERA])
    context = new_context(seeing)
    context.grant_permissions(["camera"])
    page = open_page(context, f"{url}?tab=encode&part=picture")
    wait_for_draw(page, PANELS)
    before = draws(page, PANELS)
    page.locator("#encode-own button").first.click()
    box = page.locator("#encode-upload")
    box.get_by_role("button", name="Capture from camera").click()
    box.get_by_text("Click to Access Webcam").click()
    page.wait_for_function("document.querySelector('#encode-upload video')?.videoWidth > 0")
    box.get_by_role("button", name="capture photo").click()
    wait_for_draw(page, PANELS, before)
    red, green, blue = pixels(page.locator(f"{PANELS} .lab-group img").first).mean((1, 2))
    assert green > 1.3 * max(red, blue)
    context.close()
    seeing.close()
