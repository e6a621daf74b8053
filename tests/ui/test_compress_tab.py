"""The Compress tab in a real browser: numbers and pictures on the screen are those of the library."""

import re
from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.core.pictures import to_bytes, to_tensor
from app.core.runtime import choose_runtime
from app.figures.compress_ladder import NONE
from app.figures.compress_race import amount
from app.labs.compress_cost import CostRequest, Speed, estimate
from app.labs.compress_ladder import LadderResult, climb, rungs_at_hand
from app.labs.compress_pictures import NAMES, SIZES, named_picture, sized
from app.labs.compress_rate import RateRequest, rate_distortion
from app.labs.compress_spot import read_spots
from app.labs.compress_upscaling import compare_upscaling
from app.labs.gallery import SCENES
from app.store.catalogue import Catalogue
from tests.ui.conftest import watched
from tests.ui.looking import pixels, requests_during, reveal, wait_for_draw, wait_until_quiet

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LADDER = "#compress-ladder-ladder"
NOTE_SHOWN = """element => {
  window.shown = [];
  new MutationObserver(() => window.shown.push(element.dataset.shown)).observe(element, { attributes: true });
}"""
"""Notes what is shown from now on, in window.shown."""
RUNTIME = choose_runtime()


def opened(browser: Browser, url: str, query: str, ready: str) -> Iterator[Page]:
    """Open a view by its address and wait until it has drawn."""
    for page in watched(browser, f"{url}?tab=compress&{query}"):
        wait_for_draw(page, ready)
        yield page


def climbed(catalogue: Catalogue, picture: Image.Image, judged: bool) -> LadderResult:
    models = [catalogue.vae(name) for name in rungs_at_hand(catalogue)]
    return climb(models, to_tensor(picture)[None], RUNTIME, catalogue.judge() if judged else None)


def check_ladder(page: Page, result: LadderResult) -> None:
    """Compare every card with a result of the library."""
    original = page.locator(f"{LADDER} .ladder-card").first
    np.testing.assert_array_equal(pixels(original.locator("canvas")), to_bytes(result.picture)[0])
    assert f"{result.picture.numel():,}" in original.inner_text()
    cards = page.locator(f"{LADDER} .ladder-card:not(.ladder-original)")
    expect(cards).to_have_count(len(result.rungs))
    for index, rung in enumerate(result.rungs):
        shown = pixels(cards.nth(index).locator("canvas").first).astype(int)
        assert np.abs(shown - to_bytes(rung.reconstruction)[0]).max() <= 2
        text = cards.nth(index).inner_text()
        for number in (
            f"{rung.values:,}",
            f"{rung.reduction:g} times fewer",
            f"{rung.psnr:.1f} dB",
            f"{rung.ssim:.3f}",
        ):
            assert number in text


def test_the_ladder_is_there_before_any_click_and_is_judged_after_the_guess(
    browser: Browser, url: str, catalogue: Catalogue
) -> None:
    for page in watched(browser, f"{url}?tab=compress"):
        wait_for_draw(page, LADDER)
        result = climbed(catalogue, named_picture(SCENES[0]), judged=True)
        check_ladder(page, result)
        expect(page.locator(f"{LADDER} .ladder-saying")).to_have_count(0)
        page.get_by_label(NONE).check()
        reveal(page, "compress-ladder")
        expect(page.locator("#compress-ladder-facts")).to_contain_text("Your guess")
        facts = page.locator("#compress-ladder-facts")
        expect(facts).to_contain_text(result.first_loss or NONE)
        expect(facts).to_contain_text("not as measured" if result.first_loss else "as measured")
        expect(page.locator(f"{LADDER} .ladder-card.is-lost")).to_have_count(
            sum(result.loses_texture(rung) for rung in result.rungs)
        )


def test_comparing_in_place_asks_the_server_nothing_and_works_by_keyboard(
    browser: Browser, url: str, catalogue: Catalogue
) -> None:
    for page in opened(browser, url, "part=ladder", LADDER):
        board = page.locator(f"{LADDER} .ladder-board canvas")
        result = climbed(catalogue, named_picture(SCENES[0]), judged=False)
        original = to_bytes(result.picture)[0]
        wait_until_quiet(page, 0.5)
        asked = requests_during(page)
        page.locator(f"{LADDER} .ladder-rungs button").last.focus()
        page.keyboard.press("Enter")
        shown = pixels(board).astype(int)
        assert np.abs(shown - to_bytes(result.rungs[-1].reconstruction)[0]).max() <= 2
        page.locator(f"{LADDER} .ladder-views button").first.focus()
        page.keyboard.press("Space")
        np.testing.assert_array_equal(pixels(board), original)
        page.locator(f"{LADDER} .ladder-views button").nth(1).click()
        board.hover()
        page.mouse.down()
        np.testing.assert_array_equal(pixels(board), original)
        page.mouse.up()
        assert (pixels(board) != original).any()
        page.locator(f"{LADDER} .lab-ladder").evaluate(NOTE_SHOWN)
        page.locator(f"{LADDER} .ladder-flicker").click()
        page.wait_for_function("window.shown.length >= 5")
        seen = [text.split()[-1] for text in page.evaluate("window.shown")]
        assert set(seen) == {"original", "reconstruction"}
        assert asked == []


def test_another_picture_and_an_upload_go_up_the_ladder(browser: Browser, url: str, catalogue: Catalogue) -> None:
    for page in opened(browser, url, "part=ladder", LADDER):
        page.locator("#compress-shelf button").nth(NAMES.index("checks")).click()
        wait_for_draw(page, LADDER, 1)
        check_ladder(page, climbed(catalogue, named_picture("checks"), judged=False))
        own = named_picture("lake shore", SIZES[1]).crop((3, 5, 130, 102))
        buffer = BytesIO()
        own.save(buffer, "PNG")
        page.locator("#compress-own button").first.click()
        sent = {"name": "own.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
        page.set_input_files("#compress-upload input[type=file]", files=[sent])
        wait_for_draw(page, LADDER, 2)
        check_ladder(page, climbed(catalogue, sized(own, SIZES[0]), judged=False))
        page.get_by_label(SIZES[1]).check()
        wait_for_draw(page, LADDER, 3)
        check_ladder(page, climbed(catalogue, sized(own, SIZES[1]), judged=False))


def test_files_of_equal_bytes_after_the_guess(browser: Browser, url: str, catalogue: Catalogue) -> None:
    for page in opened(browser, url, "part=rate&bits=4&vae=f8c4", "#compress-rate-panels"):
        tiles = page.locator("#compress-rate-panels .lab-tile")
        expect(tiles).to_have_count(2)
        result = rate_distortion(
            catalogue.vae("f8c4"), to_tensor(named_picture(SCENES[0]))[None], RateRequest(bits=4), RUNTIME
        )
        reveal(page, "compress-rate")
        expect(page.locator("#compress-rate-facts")).to_contain_text("Your guess")
        rivals = [coded for coded in result.alike.values() if coded is not None]
        expect(tiles).to_have_count(2 + len(rivals))
        for coded in (result.chosen, *rivals):
            expect(page.locator("#compress-rate-panels")).to_contain_text(f"{coded.size:,} bytes, {coded.psnr:.1f} dB")


def test_decoding_beside_upscaling_after_the_guess(browser: Browser, url: str, catalogue: Catalogue) -> None:
    for page in opened(browser, url, "part=upscaling&vae=f4c4", "#compress-upscaling-panels"):
        expect(page.locator("#compress-upscaling-panels .lab-tile")).to_have_count(2)
        reveal(page, "compress-upscaling")
        expect(page.locator("#compress-upscaling-panels .lab-tile")).to_have_count(8)
        picture = to_tensor(named_picture(SCENES[0]))[None]
        for way in compare_upscaling(catalogue.vae("f4c4"), picture, RUNTIME).ways:
            expect(page.locator("#compress-upscaling-facts")).to_contain_text(f"{way.psnr:.1f} dB")


def test_watches_run_and_what_is_not_trained_shows_no_sample(browser: Browser, url: str) -> None:
    for page in opened(browser, url, "part=race&steps=2&rung=f16c4", "#compress-race-lanes"):
        expect(page.locator("#compress-race-facts")).to_contain_text("Samples are missing")
        expect(page.locator("#compress-race-lanes .race-watch").first).to_have_text("0.00 s")
        reveal(page, "compress-race")
        expect(page.locator("#compress-race-lanes .is-finished")).to_have_count(2)
        expect(page.locator("#compress-race-facts")).to_contain_text("Your guess")
        watches = page.locator("#compress-race-lanes .race-watch").all_inner_texts()
        assert float(watches[0].split()[0]) > 0
        expect(page.locator("#compress-race-lanes img")).to_have_count(0)


def test_a_clicked_point_says_all_about_the_model_that_it_stands_for(browser: Browser, url: str) -> None:
    for page in opened(browser, url, "part=spot", "#compress-spot-panels"):
        board = page.locator("#compress-spot-chart .chart-board")
        if page.locator("#compress-spot-reveal").count():
            reveal(page, "compress-spot")
        expect(board.locator(".chart-dot")).to_have_count(3)
        for name, psnr, which in (("small_kl1", 28, max), ("small_kl0", 26, min)):  # right is better rebuilt
            which(board.locator(".chart-dot").all(), key=lambda dot: float(dot.get_attribute("cx") or 0)).click(
                force=True
            )
            expect(page.locator("#compress-spot-panels h3").first).to_contain_text(f"Chosen: {name}")
            expect(page.locator("#compress-spot-panels")).to_contain_text(f"{psnr}.0 dB")


def test_a_chosen_model_is_described(browser: Browser, url: str, catalogue: Catalogue) -> None:
    for page in opened(browser, url, "part=spot", "#compress-spot-panels"):
        other = next(spot for spot in read_spots(catalogue).spots if spot.name != "generator")
        page.locator("#compress-spot-model input").click()
        page.get_by_role("option", name=other.name, exact=True).click()
        expect(page.locator("#compress-spot-panels h3").first).to_contain_text(f"Chosen: {other.name}")
        expect(page.locator("#compress-spot-panels")).to_contain_text(f"{other.values:,}")
        expect(page.locator("#compress-spot-panels")).not_to_contain_text("measured now")  # all of it is off the cards


def test_counted_costs_are_those_of_the_library(browser: Browser, url: str) -> None:
    for page in opened(browser, url, "part=cost&height=128&width=96&f=4&steps=10&guidance=1", "#compress-cost-panels"):
        found = estimate(CostRequest(128, 96, 4, 4, 10, 1.0), Speed(0.0, 1e9, 1e9), RUNTIME)
        facts = page.locator("#compress-cost-panels .lab-facts")
        expect(facts).to_contain_text(f"{found.values:,}")
        expect(facts).to_contain_text(amount(found.operations))
        expect(page.locator("#compress-cost-panels")).to_contain_text(re.compile("literature: .*Stable Diffusion"))


def test_an_address_of_nonsense_opens_the_part_with_a_note(browser: Browser, url: str) -> None:
    for page in opened(browser, url, "part=rate&bits=0", "#compress-rate-panels"):
        expect(page.get_by_test_id("toast-body")).to_contain_text("could not be followed")
