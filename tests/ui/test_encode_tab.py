"""The Encode tab in a real browser: numbers and pictures on the screen are those of the library."""

import re
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import quote_plus

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.labs.encode import EncodeRequest, EncodeResult, encode
from app.labs.gallery import NAMES, SCENES, gallery_original, gallery_picture
from app.store.catalogue import Catalogue
from tests.ui.conftest import watched
from tests.ui.looking import draws, pixels, wait_for_draw

pytestmark = pytest.mark.browser

PANELS, MAPS = "#encode-panels", "#encode-maps"


@pytest.fixture
def tab(browser: Browser, url: str) -> Iterator[Page]:
    for page in watched(browser, f"{url}?tab=encode"):
        wait_for_draw(page, PANELS)
        yield page


def result_of(catalogue: Catalogue, vae: str, picture: Image.Image, side: int | None = 64) -> EncodeResult:
    return encode(catalogue.vae(vae), picture, EncodeRequest(vae, side), choose_runtime())


def check_screen(page: Page, result: EncodeResult) -> None:
    """Compare the three pictures and all numbers on the screen with a result of the library."""
    first = page.locator(f"{PANELS} .lab-group").first.locator("img")
    np.testing.assert_array_equal(pixels(first.nth(0)), to_bytes(result.picture)[0])
    shown = pixels(first.nth(1)).astype(int)
    assert np.abs(shown - to_bytes(result.reconstruction)[0]).max() <= 2  # one thread or two: sums in another order
    facts = page.locator(f"{PANELS} .lab-facts").inner_text()
    numbers = result.summary()
    for text in (
        " × ".join(map(str, result.z.shape[1:])),
        f"{numbers['numbers_in']:,}",
        f"{numbers['numbers_out']:,}",
        f"{numbers['reduction']:g} times fewer",
    ):
        assert text in facts
    assert float(re.search(r"PSNR\n([\d.]+) dB", facts)[1]) == pytest.approx(result.psnr, abs=0.03)


def upload(page: Page, data: bytes, name: str = "picture.png", door: str = "#encode-upload") -> None:
    if not page.locator(f"{door} input[type=file]").count():
        page.get_by_role("button", name="Your own picture").first.click()
    page.locator(f"{door} input[type=file]").first.wait_for(state="attached")
    sent = {"name": name, "mimeType": "image/png", "buffer": data}
    page.set_input_files(f"{door} input[type=file]", files=[sent])


def png(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def choose(page: Page, dropdown: str, option: str) -> None:
    page.locator(f"{dropdown} input").first.click()
    page.get_by_role("option", name=option).click()


def shows(page: Page, part: str, *settings: str) -> None:
    """Wait until the address of a part says these settings: its figures come with it."""
    for setting in settings:
        expect(page.locator(f"#encode-{part}-link input")).to_have_value(re.compile(re.escape(setting)))
    page.wait_for_timeout(500)


def test_an_encoded_picture_is_there_before_any_click_and_its_maps_can_be_read(tab: Page, catalogue: Catalogue) -> None:
    result = result_of(catalogue, "f4c4", gallery_picture(SCENES[0]))
    check_screen(tab, result)
    boards = tab.locator(f"{MAPS} .map-board")
    assert boards.count() == 8
    for channel, mean in enumerate(result.mean[0].numpy()):
        red, _, blue = pixels(boards.nth(channel).locator("img")).astype(int)
        assert red.shape == mean.shape
        assert ((red > blue) == (mean > 0))[np.abs(mean) > 0.1 * np.abs(result.mean.numpy()).max()].all()
    box = boards.nth(1).bounding_box()
    boards.nth(1).hover(position={"x": box["width"] * 5.5 / 16, "y": box["height"] * 3.5 / 16})
    expect(tab.locator(f"{MAPS} .map-live")).to_have_text("row 3, column 5")
    said = tab.locator(f"{MAPS} .map-value").all_inner_texts()
    numbers = [float(text.replace("−", "-")) for text in said]
    wanted = [*result.mean[0, :, 3, 5].tolist(), *result.std[0, :, 3, 5].tolist()]
    assert numbers == pytest.approx(wanted, rel=2e-3, abs=1e-3)


def test_gallery_vae_and_size_change_what_is_encoded(tab: Page, catalogue: Catalogue) -> None:
    tab.locator("#encode-shelf button").nth(8).click()
    shows(tab, "picture", f"picture={NAMES[8]}")
    check_screen(tab, result_of(catalogue, "f4c4", gallery_picture(NAMES[8])))
    choose(tab, "#encode-vae", "f8c4")
    shows(tab, "picture", f"vae=f8c4&picture={NAMES[8]}")
    check_screen(tab, result_of(catalogue, "f8c4", gallery_picture(NAMES[8])))
    choose(tab, "#encode-size", "fitted to 128")
    shows(tab, "picture", "size=128")
    check_screen(tab, result_of(catalogue, "f8c4", gallery_original(NAMES[8]), 128))
    tab.locator("#encode-picture-reset").click()
    expect(tab.get_by_label("VAE")).to_have_value("f4c4: 12 times fewer numbers")
    expect(tab.locator("#encode-shelf button").first).to_have_attribute("aria-pressed", "true")


def test_an_upload_is_encoded_and_every_part_works_on_it(tab: Page, catalogue: Catalogue) -> None:
    own = gallery_picture(NAMES[6]).resize((90, 130)).rotate(90, expand=True)
    upload(tab, png(own))
    shows(tab, "picture", "picture=own")
    check_screen(tab, result_of(catalogue, "f4c4", own))
    expect(tab.locator("#encode-shelf button[aria-pressed=true]")).to_have_text("yours")
    tab.locator("#encode-shelf button").nth(2).click()
    shows(tab, "picture", f"picture={quote_plus(NAMES[2])}")
    tab.locator("#encode-shelf").get_by_role("button", name="yours").click()
    shows(tab, "picture", "picture=own")
    check_screen(tab, result_of(catalogue, "f4c4", own))
    tab.locator("#lab-encode-surgery-button").click()
    shows(tab, "surgery", "picture=own")
    board = tab.locator("#encode-cells .lab-board img")
    np.testing.assert_array_equal(pixels(board), to_bytes(result_of(catalogue, "f4c4", own).picture)[0])
    before = draws(tab, PANELS)
    choose(tab, "#encode-vae", "f8c4")
    shows(tab, "surgery", "vae=f8c4", "picture=own")
    assert draws(tab, PANELS) == before  # out of sight: it waits until it is seen
    tab.locator("#lab-encode-picture-button").click()
    shows(tab, "picture", "vae=f8c4", "picture=own")
    check_screen(tab, result_of(catalogue, "f8c4", own))


def test_a_drawing_is_encoded_when_the_hand_is_lifted(tab: Page) -> None:
    tab.get_by_role("button", name="Your own picture").first.click()
    board = tab.locator(".sketch-board")
    board.scroll_into_view_if_needed()
    tab.get_by_role("button", name="red", exact=True).click()
    board.focus()
    before = draws(tab, PANELS)
    board.press(" ")
    wait_for_draw(tab, PANELS, before)
    shown = pixels(tab.locator(f"{PANELS} .lab-group").first.locator("img").first).astype(int)
    red, green, blue = shown[:, 32, 32]
    assert (red > 180, green < 90, blue < 90) == (True, True, True)
    assert (shown[:, 2, 2] > 250).all()


def test_downloads_hold_the_numbers_of_the_screen(tab: Page, catalogue: Catalogue) -> None:
    result = result_of(catalogue, "f4c4", gallery_picture(SCENES[0]))
    for name, ending in ((".npz of the latents", "npz"), ("CSV", "csv"), ("PNG", "png")):
        with tab.expect_download() as got:
            tab.locator("#encode-picture-downloads").get_by_role("button", name=name, exact=True).click()
        assert got.value.suggested_filename.endswith(ending)
        path = got.value.path()
        if ending == "npz":
            with np.load(path, allow_pickle=False) as saved:
                np.testing.assert_allclose(saved["mean"], result.mean[0].numpy(), atol=1e-3)
        elif ending == "csv":
            assert len(path.read_text(encoding="utf-8").splitlines()) == 1 + 3 * 4 * 256
        else:
            assert path.read_bytes().startswith(b"\x89PNG")


HURRY = "window.dispatchEvent(new CustomEvent('lab-shared', { detail: { tab: 'encode' } }))"
"""What the page says to the parts when something changed that they share."""


def test_runs_that_end_each_other_leave_the_settings_and_the_later_picture(tab: Page) -> None:
    page = tab
    shelf = page.locator("#encode-shelf button")
    shelf.nth(4).click()
    page.evaluate(f"() => {{ for (let k = 0; k < 5; k += 1) {HURRY}; }}")
    expect(page.locator("#encode-picture-link input")).to_have_value(re.compile(re.escape(quote_plus(NAMES[4]))))
    expect(page.get_by_label("VAE")).not_to_have_value("")
    expect(page.get_by_label("Size of the picture")).not_to_have_value("")
    expect(shelf.nth(4)).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(1500)  # what the earlier runs still send comes by now
    assert quote_plus(NAMES[4]) in page.locator("#encode-picture-link input").input_value()
    expect(page.get_by_label("VAE")).not_to_have_value("")
