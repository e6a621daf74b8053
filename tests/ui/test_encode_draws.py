"""Encode, the parts with a guess: nothing is given away before it; guess and measurement stand side by side after."""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.figures import bits
from app.figures.draws import GUESSES, spread_in_steps
from app.labs.encode import EncodeRequest, encode, png_bytes
from app.labs.gallery import NAMES, gallery_picture
from app.labs.posterior import ResampleRequest, resample
from app.store.catalogue import Catalogue
from tests.ui.conftest import watched
from tests.ui.looking import pixels, reveal, wait_for_draw

pytestmark = pytest.mark.browser

DRAWS, FACTS = "#encode-draws-panels", "#encode-draws-facts"


def opened(browser: Browser, url: str, part: str) -> Iterator[Page]:
    yield from watched(browser, f"{url}?tab=encode&part={part}&picture={NAMES[7].replace(' ', '+')}")


def test_eight_draws_of_the_picture_on_the_screen_beside_the_guess(
    browser: Browser, url: str, catalogue: Catalogue
) -> None:
    model, runtime = catalogue.vae("f4c4"), choose_runtime()
    encoded = encode(model, gallery_picture(NAMES[7]), EncodeRequest("f4c4"), runtime)
    result = resample(model, encoded, ResampleRequest(), runtime)
    steps = spread_in_steps(result)
    for page in opened(browser, url, "draws"):
        wait_for_draw(page, DRAWS)
        expect(page.locator(f"{DRAWS} h3").first).to_contain_text("temperature 0")
        expect(page.locator(FACTS)).not_to_contain_text("Your guess")
        page.get_by_label(GUESSES[2].text).check()
        reveal(page, "encode-draws")
        expect(page.locator(f"{DRAWS} h3").first).to_contain_text("temperature 1")
        tiles = page.locator(f"{DRAWS} .lab-group").first.locator("img")
        assert tiles.count() == 8
        for number in (0, 7):
            shown = pixels(tiles.nth(number)).astype(int)
            assert np.abs(shown - to_bytes(result.pictures)[number]).max() <= 2
        facts = page.locator(f"{FACTS} .lab-facts")
        expect(facts).to_contain_text("clearly")
        expect(facts).to_contain_text("as you guessed" if GUESSES[2].holds(steps) else "not as you guessed")
        expect(facts).to_contain_text("Variance")


def test_the_budget_is_shown_after_the_guess(browser: Browser, url: str, catalogue: Catalogue) -> None:
    encoded = encode(catalogue.vae("f4c4"), gallery_picture(NAMES[7]), EncodeRequest("f4c4"), choose_runtime())
    png = png_bytes(encoded.picture)
    for page in opened(browser, url, "bits"):
        wait_for_draw(page, "#encode-bits-map")
        expect(page.locator("#encode-bits-facts")).not_to_contain_text("KL in all")
        reveal(page, "encode-bits")
        facts = page.locator("#encode-bits-facts .lab-facts")
        expect(facts).to_contain_text(f"{encoded.kl_bits:,.0f} bits")
        expect(facts).to_contain_text(f"{png:,} bytes")
        right = bits.GUESSES[0].holds(bits.budget_share(encoded, png))
        expect(facts).to_contain_text("as you guessed" if right else "not as you guessed")


def test_each_spread_is_in_exactly_one_guess() -> None:
    for steps in (0.0, 0.99, 1.0, 9.99, 10.0, 500.0):
        assert sum(guess.holds(steps) for guess in GUESSES) == 1
    for share in (0.0, 0.49, 0.5, 1.0, 2.0, 99.0):
        assert sum(guess.holds(share) for guess in bits.GUESSES) == 1
