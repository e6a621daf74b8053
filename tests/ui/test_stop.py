"""Stop ends a run that is under way, and says so; what was on the screen stays."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.ui.conftest import watched
from tests.ui.looking import draws, wait_for_draw, wait_until_quiet

pytestmark = pytest.mark.browser

FILM = "#denoise-run-film"


def answer_late(page: Page, seen: list[bool]) -> None:
    """Let the page learn from the stream of messages that its run ended before its request to end it is answered.

    Gradio's page calls the run an error then. seen: whether a visitor reads that, before the answer.
    """

    def late(route: Route) -> None:
        answer = route.fetch()
        page.wait_for_timeout(1500)
        seen.append(page.locator("#denoise-run-status").get_by_text("Error").is_visible())
        route.fulfill(response=answer)

    page.route("**/cancel", late)


@pytest.mark.parametrize("late", [False, True])
def test_stop_ends_a_run_and_leaves_the_screen_as_it_was(browser: Browser, url: str, late: bool) -> None:
    for page in watched(browser, f"{url}?tab=denoise&part=run&steps=4"):
        wait_for_draw(page, FILM)
        seen: list[bool] = []
        if late:
            answer_late(page, seen)
        status, before = page.locator("#denoise-run-status"), draws(page, FILM)
        said = status.get_by_role("status")
        page.locator("#denoise-run-steps input[type=number]").fill("100")
        page.locator("#denoise-run-go").click()
        status.locator("progress").wait_for()  # looks at every frame; `expect` only now and then, and the run is short
        page.locator("#denoise-run-stop").click()
        expect(said).to_have_text("stopped")
        wait_until_quiet(page, 3)
        expect(said).to_have_text("stopped")
        expect(status.get_by_text("Error")).to_be_hidden()
        assert seen == [False] * late
        assert draws(page, FILM) == before
        page.locator("#denoise-run-steps input[type=number]").fill("5")
        page.locator("#denoise-run-go").click()
        expect(status).to_contain_text("computed in")
        wait_for_draw(page, FILM, before)
