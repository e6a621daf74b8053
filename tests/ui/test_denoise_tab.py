"""The Denoise tab in a real browser: what is on the screen is what the library computes for the same settings."""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.labs.denoise import DenoiseRequest, denoise_run
from app.labs.denoise_game import GameRequest, deal
from app.store.catalogue import Catalogue
from tests.ui.conftest import watched
from tests.ui.looking import draws, pixels, reveal, wait_for_draw, wait_until_quiet

pytestmark = pytest.mark.browser

CAPTION = "a small red star on a blue background"
FILM, PLANE, TREE, GAME = "#denoise-run-film", "#denoise-run-plane", "#denoise-branch-tree", "#denoise-game-board"


@pytest.fixture
def at(browser: Browser, url: str) -> Iterator[Page]:
    """A page that opens with a short run; it complains as `page` does."""
    caption = CAPTION.replace(" ", "+")
    yield from watched(browser, f"{url}?tab=denoise&part=run&caption={caption}&seed=5&steps=4")


def asked_by(page: Page) -> list[str]:
    """Return a list that grows with every request of the page."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def test_scrubbing_shows_every_step_and_moves_the_arrows_without_a_request(at: Page, catalogue: Catalogue) -> None:
    wait_for_draw(at, FILM)
    wait_for_draw(at, PLANE)
    wait_until_quiet(at)
    result = denoise_run(catalogue.denoiser("generator"), DenoiseRequest(CAPTION, 5, 4), choose_runtime())
    asked = asked_by(at)
    at.get_by_label("step of this run").focus()
    at.keyboard.press("Home")
    shown = at.locator(f"{FILM} canvas")
    for k in range(3):
        at.wait_for_selector(f"{FILM} [data-shown='{k}']")
        at.wait_for_selector(f"{PLANE} [data-shown='{k}']")
        for canvas, decoded in ((2, result.decoded), (3, result.decoded_x)):  # another process may round another way
            assert np.abs(pixels(shown.nth(canvas)).astype(int) - to_bytes(decoded)[k]).max() <= 1
        expect(at.locator(f"{PLANE} .plane-tip")).to_have_count(3)
        at.keyboard.press("ArrowRight")
    for name, key, moment in (
        ("one moment back", "Enter", 2),
        ("one moment back", "Space", 1),
        ("one moment on", "Enter", 2),
    ):
        at.locator(FILM).get_by_role("button", name=name).focus()
        at.keyboard.press(key)
        at.wait_for_selector(f"{FILM} [data-shown='{moment}']")
    at.get_by_label("step of this run").press("End")
    at.locator(FILM).get_by_role("button", name="one moment on").click()
    at.wait_for_selector(f"{FILM} [data-shown='4']")
    assert asked == []


def test_a_tree_grows_where_a_thumbnail_was_chosen_and_its_link_grows_it_again(
    browser: Browser, url: str, catalogue: Catalogue
) -> None:
    for page in watched(browser, f"{url}?tab=denoise&part=branch&steps=4"):
        wait_for_draw(page, TREE)
        page.get_by_label("Go on with this caption").fill("a blue cup")
        page.locator(f"{TREE} .tree-step").nth(2).click()
        expect(page.locator(f"{TREE} .tree-go")).to_have_text("Branch from the first run after step 2")
        page.locator(f"{TREE} .tree-go").click()
        expect(page.locator(f"{TREE} .tree-rows li")).to_have_count(2)
        expect(page.locator(f"{TREE} .tree-rows li").nth(1)).to_contain_text("“a blue cup”")
        last = pixels(page.locator(f"{TREE} .tree-end canvas").nth(1))
        address = page.locator("#denoise-branch-link input").input_value()
    for page in watched(browser, address):
        expect(page.locator(f"{TREE} .tree-rows li")).to_have_count(2)
        np.testing.assert_array_equal(pixels(page.locator(f"{TREE} .tree-end canvas").nth(1)), last)


def test_the_game_is_played_in_the_browser_and_counts_right(browser: Browser, url: str, catalogue: Catalogue) -> None:
    result = deal(catalogue.denoiser("generator"), GameRequest(0.03), choose_runtime())
    for page in watched(browser, f"{url}?tab=denoise&part=game"):
        wait_for_draw(page, GAME)
        wait_until_quiet(page)
        asked = asked_by(page)
        for number in range(2):
            option = page.locator(f"{GAME} .game-option").nth(result.answer[number])
            np.testing.assert_array_equal(
                pixels(option.locator("canvas")), to_bytes(result.candidates[number])[result.answer[number]]
            )
            option.click()
            expect(page.locator(f"{GAME} .game-said")).to_contain_text("Right")
            page.get_by_role("button", name="Next round").click()
        page.locator(f"{GAME} .game-option").nth((result.answer[2] + 1) % 4).click()
        expect(page.locator(f"{GAME} .game-said")).to_contain_text("No, it was")
        scores = page.locator(f"{GAME} .lab-value").all_inner_texts()
        network = sum(a == n for a, n in zip(result.answer[:3], result.network[:3], strict=True))
        assert scores[:2] == ["2 of 3", f"{network} of 3"]
        assert asked == []


def test_a_guess_reveals_the_timeline(browser: Browser, url: str) -> None:
    for page in watched(browser, f"{url}?tab=denoise&part=decide&steps=3&runs=2"):
        wait_for_draw(page, "#denoise-decide-timeline")
        expect(page.locator("#denoise-decide-timeline tbody tr")).to_have_count(0)
        before = draws(page, "#denoise-decide-timeline")
        reveal(page, "denoise-decide")
        wait_for_draw(page, "#denoise-decide-timeline", before)
        expect(page.locator("#denoise-decide-timeline tbody th").filter(has_text="shape")).to_have_count(1)
        expect(page.locator("#denoise-decide-facts")).to_contain_text("Your guess")
