"""A link opens the same screen in another browser; nonsense opens the default with a note."""

import re
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from app.labs.gallery import NAMES
from tests.ui.conftest import watched
from tests.ui.looking import draws, pixels, reveal, wait_for_draw, wait_until_quiet

pytestmark = pytest.mark.browser

SCRUBBER, RIBBON, LINK = "#pipeline-scrubber", "#pipeline-ribbon", "#pipeline-walk-link input"
MAIN = f"{SCRUBBER} .lab-main canvas"


def test_a_pipeline_link_restores_settings_and_picture_in_a_new_browser(browser: Browser, url: str) -> None:
    for page in watched(browser, f"{url}?tab=pipeline&part=walk&steps=2&seed=11"):
        wait_for_draw(page, SCRUBBER)
        before = draws(page, SCRUBBER)
        page.get_by_label("Caption", exact=True).fill("a small red star")
        page.locator("#pipeline-generate").click()
        wait_for_draw(page, SCRUBBER, before)
        wait_until_quiet(page)
        address, shown = page.locator(LINK).input_value(), pixels(page.locator(MAIN))
    for other in watched(browser, address):
        wait_for_draw(other, SCRUBBER)
        wait_until_quiet(other)
        expect(other.get_by_label("Caption", exact=True)).to_have_value("a small red star")
        expect(other.locator("#pipeline-scrubber output")).to_have_text("step 2 of 2")
        np.testing.assert_array_equal(pixels(other.locator(MAIN)), shown)
        expect(other.locator(LINK)).to_have_value(address)


def test_an_encode_link_opens_the_part_with_its_vae_and_picture(browser: Browser, url: str) -> None:
    query = urlencode({"tab": "encode", "part": "cell", "vae": "f8c4", "picture": NAMES[7], "row": 3, "column": 5})
    for page in watched(browser, f"{url}?{query}"):
        wait_for_draw(page, "#encode-cell-facts")
        expect(page.get_by_label("VAE")).to_have_value("f8c4: 48 times fewer numbers")
        expect(page.locator("#encode-shelf button[aria-pressed=true]")).to_have_attribute("title", NAMES[7])
        expect(page.locator("#encode-cell-row input")).to_have_value("3")
        expect(page.locator("#encode-cell-maps .map-live")).to_have_text("row 3, column 5")
        expect(page.locator("#encode-cell-link input")).to_have_value(f"{url}?{query}")


def test_a_malformed_link_opens_the_default_with_a_note(browser: Browser, url: str) -> None:
    for page in watched(browser, f"{url}?tab=pipeline&steps=many"):
        wait_for_draw(page, RIBBON)
        expect(page.get_by_test_id("toast-body").first).to_be_visible()
        expect(page.locator(LINK)).to_have_value(f"{url}?tab=pipeline&part=walk")


def test_a_link_that_only_the_run_can_refuse_opens_the_part_as_it_opens(browser: Browser, url: str) -> None:
    for page in watched(browser, f"{url}?tab=space&part=pad&point=nowhere"):
        expect(page.locator("#space-pad-status")).to_contain_text("computed in")
        expect(page.get_by_test_id("toast-body").first).to_be_visible()
        expect(page.locator("#space-pad-link input")).to_have_value(f"{url}?tab=space&part=pad")


def test_a_revealed_answer_stays_and_is_linked(browser: Browser, url: str) -> None:
    for page in watched(browser, f"{url}?tab=encode&part=bits"):
        expect(page.locator("#encode-bits-status")).to_contain_text("computed in")
        answer, link = page.get_by_text("Your guess"), page.locator("#encode-bits-link input")
        expect(answer).to_have_count(0)
        reveal(page, "encode-bits")
        expect(answer.first).to_be_visible()
        expect(link).to_have_value(re.compile("guess="))
        page.locator("#encode-bits-head").get_by_role("button").first.click()  # a preset
        expect(link).to_have_value(re.compile("picture=.*guess="))
        expect(answer.first).to_be_visible()
        address = link.input_value()
    for other in watched(browser, address):
        expect(other.get_by_text("Your guess").first).to_be_visible()


def test_back_returns_from_a_door_to_the_view_that_it_was_opened_from(browser: Browser, url: str) -> None:
    for page in watched(browser, f"{url}?tab=pipeline&part=walk&steps=2&seed=11"):
        wait_for_draw(page, RIBBON)
        caption, steps = page.get_by_label("Caption", exact=True), page.locator(f"{SCRUBBER} output")
        before = draws(page, RIBBON)
        caption.first.fill("a small red star")
        page.locator("#pipeline-generate").click()
        wait_for_draw(page, RIBBON, before)
        left, entries = page.locator(LINK).input_value(), page.evaluate("history.length")
        page.locator(f"{RIBBON} .at-denoise .ribbon-door").click()
        lab, seed = page.locator("#denoise-run-link input"), page.locator("#denoise-run-seed input")
        expect(lab).to_have_value(re.compile("part=run&caption=a.small.red.star&seed=11&steps=2"))
        assert page.evaluate("history.length") == entries + 1
        opened = lab.input_value()
        seed.fill("5")
        page.locator("#lab-pipeline-button").click()
        before = draws(page, RIBBON)
        page.locator("#pipeline-walk-reset").click()
        wait_for_draw(page, RIBBON, before)
        expect(caption.first).not_to_have_value("a small red star")
        page.locator("#lab-pipeline-blueprint-button").click()
        assert page.evaluate("history.length") == entries + 1  # settings and tabs are no steps of the history

        page.go_back()
        expect(page.locator(LINK)).to_be_visible()
        expect(page.locator(LINK)).to_have_value(left)
        expect(caption.first).to_have_value("a small red star")
        expect(steps).to_have_text("step 2 of 2")
        assert page.url == left
        page.go_forward()
        expect(lab).to_be_visible()
        expect(seed).to_have_value("11")
        expect(lab).to_have_value(opened)
        expect(page.locator(RIBBON)).to_be_hidden()


def test_the_doors_of_the_ribbon_are_there_on_a_telephone(browser: Browser, url: str) -> None:
    for page in watched(browser, f"{url}?tab=pipeline", width=390, dark=True):
        wait_for_draw(page, RIBBON)
        door = page.locator(f"{RIBBON} .ribbon-door").filter(has_text="Prompt").first  # its tab is in a menu
        door.click()
        expect(page.locator("#prompt-sweep-status")).to_contain_text("computed in")
