"""Stop ends a run that is under way, and says so; what was on the screen stays."""

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.conftest import watched
from tests.ui.looking import draws, wait_for_draw, wait_until_quiet

pytestmark = pytest.mark.browser

FILM = "#denoise-run-film"


def test_stop_ends_a_run_and_leaves_the_screen_as_it_was(browser: Browser, url: str) -> None:
    for page in watched(browser, f"{url}?tab=denoise&part=run&steps=4"):
        wait_for_draw(page, FILM)
        status, before = page.locator("#denoise-run-status"), draws(page, FILM)
        page.locator("#denoise-run-steps input[type=number]").fill("100")
        page.locator("#denoise-run-go").click()
        expect(status.locator("progress")).to_be_visible()
        page.locator("#denoise-run-stop").click()
        expect(status).to_have_text("stopped")
        wait_until_quiet(page, 3)
        expect(status).to_have_text("stopped")
        assert draws(page, FILM) == before
        page.locator("#denoise-run-steps input[type=number]").fill("5")
        page.locator("#denoise-run-go").click()
        expect(status).to_contain_text("computed in")
        assert draws(page, FILM) > before
