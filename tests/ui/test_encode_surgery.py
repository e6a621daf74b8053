"""Latent surgery in the browser: the clicked cell is operated on, and the screen shows what the library computes."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.labs.encode import EncodeRequest, encode
from app.labs.gallery import NAMES, gallery_picture
from app.labs.posterior import read_cell
from app.labs.surgery import EraseCell, ShiftChannel, operate
from app.store.catalogue import Catalogue
from app.ui.tabs.encode_surgery import SHIFT
from tests.ui.looking import pixels, wait_for_draw

pytestmark = pytest.mark.browser

PANELS = "#encode-surgery"


@pytest.fixture
def tab(page: Page) -> Page:
    page.get_by_role("tab", name="Encode").click()
    wait_for_draw(page, PANELS)
    return page


def check_screen(page: Page, catalogue: Catalogue, edit: object) -> None:
    model, runtime = catalogue.vae("f4c4"), choose_runtime()
    encoded = encode(model, gallery_picture(NAMES[0]), EncodeRequest("f4c4"), runtime)
    result = operate(model, encoded.z, (edit,), runtime)
    tiles = page.locator(f"{PANELS} .lab-group img")
    for tile, picture in ((tiles.nth(0), result.before), (tiles.nth(1), result.after)):
        assert np.abs(pixels(tile).astype(int) - to_bytes(picture)[0]).max() <= 2


def test_a_cell_is_erased_at_opening_and_another_one_at_a_click(tab: Page, catalogue: Catalogue) -> None:
    check_screen(tab, catalogue, EraseCell(8, 8))
    board = tab.locator("#encode-cells .lab-board")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    tab.mouse.click(box["x"] + box["width"] * 3.5 / 16, box["y"] + box["height"] * 10.5 / 16)
    expect(tab.locator("#encode-cells [role=status]")).to_have_text("row 10, column 3")
    wait_for_draw(tab, PANELS, 1)
    check_screen(tab, catalogue, EraseCell(10, 3))
    encoded = encode(catalogue.vae("f4c4"), gallery_picture(NAMES[0]), EncodeRequest("f4c4"), choose_runtime())
    for reading in read_cell(encoded, 10, 3):
        expect(tab.locator(f"{PANELS} .lab-facts")).to_contain_text(f"{reading.kl_bits:.1f} bits")


def test_the_keyboard_reaches_every_cell_and_a_channel_can_be_shifted(tab: Page, catalogue: Catalogue) -> None:
    board = tab.locator("#encode-cells .lab-board")
    board.focus()
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft", "Enter"):
        board.press(key)
    wait_for_draw(tab, PANELS, 1)
    check_screen(tab, catalogue, EraseCell(7, 6))
    tab.get_by_label("Operation").click()
    tab.get_by_role("option", name=SHIFT).click()
    wait_for_draw(tab, PANELS, 2)
    check_screen(tab, catalogue, ShiftChannel(0, 2.0))
