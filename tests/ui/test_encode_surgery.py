"""Encode, single cells and values: what was clicked is what is computed, and the screen shows the library's numbers."""

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.labs.encode import EncodeRequest, EncodeResult, encode
from app.labs.gallery import NAMES, gallery_picture
from app.labs.latent_values import ValuesRequest, latent_values
from app.labs.posterior import read_cell
from app.labs.surgery import CopyCell, EraseCell, ShiftChannel, operate
from app.store.catalogue import Catalogue
from app.ui.tabs.encode_surgery import COPY, SHIFT, TO
from tests.ui.conftest import watched
from tests.ui.looking import draws, pixels, wait_for_draw, wait_until_quiet

pytestmark = pytest.mark.browser

PANELS = "#encode-surgery-panels"


def encoded_of(catalogue: Catalogue, seed: int = 0) -> EncodeResult:
    request = EncodeRequest("f4c4", seed=seed)
    return encode(catalogue.vae("f4c4"), gallery_picture(NAMES[0]), request, choose_runtime())


def check_screen(page: Page, catalogue: Catalogue, edit: object) -> None:
    result = operate(catalogue.vae("f4c4"), encoded_of(catalogue).z, (edit,), choose_runtime())
    tiles = page.locator(f"{PANELS} .lab-group img")
    for tile, picture in ((tiles.nth(0), result.before), (tiles.nth(1), result.after)):
        assert np.abs(pixels(tile).astype(int) - to_bytes(picture)[0]).max() <= 2
    if result.reach is not None:
        top, left, bottom, right = result.reach
        expect(page.locator(f"{PANELS} .lab-facts")).to_contain_text(f"{right - left} × {bottom - top} pixels")


def click_cell(page: Page, board: str, row: int, column: int) -> None:
    place = page.locator(board).first
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    page.mouse.click(box["x"] + box["width"] * (column + 0.5) / 16, box["y"] + box["height"] * (row + 0.5) / 16)


def settled(page: Page, widget: str, before: int) -> None:
    """Two numbers change at a click, and the part runs once."""
    wait_for_draw(page, widget, before)
    wait_until_quiet(page, 1.0)
    assert draws(page, widget) == before + 1


def test_cells_are_erased_copied_and_channels_shifted(browser: Browser, url: str, catalogue: Catalogue) -> None:
    for page in watched(browser, f"{url}?tab=encode&part=surgery"):
        wait_for_draw(page, PANELS)
        check_screen(page, catalogue, EraseCell(8, 8))
        before = draws(page, PANELS)
        click_cell(page, "#encode-cells .lab-board", 10, 3)
        expect(page.locator("#encode-surgery-row input")).to_have_value("10")
        expect(page.locator("#encode-surgery-column input")).to_have_value("3")
        settled(page, PANELS, before)
        check_screen(page, catalogue, EraseCell(10, 3))
        before = draws(page, PANELS)
        page.get_by_label("Operation").click()
        page.get_by_role("option", name=COPY).click()
        page.get_by_label(TO).check()
        wait_for_draw(page, PANELS, before)
        before = draws(page, PANELS)
        click_cell(page, "#encode-cells .lab-board", 1, 14)
        expect(page.locator("#encode-surgery-to-column input")).to_have_value("14")
        settled(page, PANELS, before)
        check_screen(page, catalogue, CopyCell(10, 3, 1, 14))
        before = draws(page, PANELS)
        page.get_by_label("Operation").click()
        page.get_by_role("option", name=SHIFT).click()
        wait_for_draw(page, PANELS, before)
        check_screen(page, catalogue, ShiftChannel(0, 2.0))


def test_a_clicked_cell_is_read_as_numbers_and_drawn_again(browser: Browser, url: str, catalogue: Catalogue) -> None:
    facts = "#encode-cell-facts"
    for page in watched(browser, f"{url}?tab=encode&part=cell"):
        wait_for_draw(page, facts)
        expect(page.locator(f"{facts} .lab-stamp")).to_have_text("measured now")
        before = draws(page, facts)
        click_cell(page, "#encode-cell-maps .map-board", 7, 6)
        expect(page.locator("#encode-cell-row input")).to_have_value("7")
        settled(page, facts, before)
        for seed in (0, 1):
            for reading in read_cell(encoded_of(catalogue, seed), 7, 6):
                expect(page.locator(facts)).to_contain_text(
                    f"{reading.mean:.3f} + {reading.std:.4f} × {reading.eps:+.2f}"
                )
            expect(page.locator(facts)).to_contain_text("nothing")
            page.locator("#encode-cell-again").click()
        address = page.locator("#encode-cell-link input")
        expect(address).to_have_value(f"{url}?tab=encode&part=cell&row=7&column=6&seed=2")


def test_the_histogram_is_that_of_the_latent(browser: Browser, url: str, catalogue: Catalogue) -> None:
    wanted = latent_values(catalogue.vae("f4c4"), encoded_of(catalogue), ValuesRequest(channel=1, scaled=True))
    for page in watched(browser, f"{url}?tab=encode&part=values&channel=2&scaled=1"):
        wait_for_draw(page, "#encode-values-charts")
        facts = page.locator("#encode-values-facts")
        expect(facts).to_contain_text(f"{wanted.mean:+.3f}")
        expect(facts).to_contain_text(f"{wanted.std:.3f}")
        assert page.locator("#encode-values-charts .chart-one").first.locator("rect").count() == 41
        expect(page.locator("#encode-values-scaled input")).to_be_checked()
