"""Guess, draw, reveal: what is on the screen is what the library computes, beside what was guessed."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.figures.draws import GUESSES, spread_in_steps
from app.labs.encode import EncodeRequest, encode
from app.labs.gallery import NAMES, gallery_picture
from app.labs.posterior import ResampleRequest, resample
from app.store.catalogue import Catalogue
from tests.ui.looking import pixels, wait_for_draw

pytestmark = pytest.mark.browser

DRAWS = "#encode-draws"


def test_eight_draws_of_the_picture_on_the_screen_beside_the_guess(page: Page, catalogue: Catalogue) -> None:
    page.get_by_role("tab", name="Encode").click()
    wait_for_draw(page, "#encode-panels")
    page.locator("#encode-shelf button").nth(7).click()
    wait_for_draw(page, "#encode-panels", 1)
    wait_for_draw(page, DRAWS)
    expect(page.locator(f"{DRAWS} h3").first).to_contain_text("temperature 0")
    expect(page.locator(f"{DRAWS} .lab-facts")).not_to_contain_text("Your guess")
    page.get_by_label(GUESSES[2].text).check()
    page.locator("#encode-draw").click()
    expect(page.locator(f"{DRAWS} h3").first).to_contain_text("temperature 1")
    model, runtime = catalogue.vae("f4c4"), choose_runtime()
    encoded = encode(model, gallery_picture(NAMES[7]), EncodeRequest("f4c4"), runtime)
    result = resample(model, encoded, ResampleRequest(), runtime)
    tiles = page.locator(f"{DRAWS} .lab-group").first.locator("img")
    assert tiles.count() == 8
    for number in (0, 7):
        shown = pixels(tiles.nth(number)).astype(int)
        assert np.abs(shown - to_bytes(result.pictures)[number]).max() <= 2
    steps = spread_in_steps(result)
    facts = page.locator(f"{DRAWS} .lab-facts")
    expect(facts).to_contain_text("clearly")
    expect(facts).to_contain_text("as you guessed" if GUESSES[2].holds(steps) else "not as you guessed")
    expect(facts).to_contain_text("nothing")


def test_each_spread_is_in_exactly_one_guess():
    for steps in (0.0, 0.99, 1.0, 9.99, 10.0, 500.0):
        assert sum(guess.holds(steps) for guess in GUESSES) == 1
