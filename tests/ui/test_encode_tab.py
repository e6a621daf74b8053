"""The Encode tab in a real browser: numbers and pictures on the screen are those of the library."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.labs.encode import EncodeRequest, EncodeResult, encode
from app.labs.gallery import NAMES, SCENES, gallery_picture
from app.store.catalogue import Catalogue
from tests.ui.looking import draws, pixels, wait_for_draw

pytestmark = pytest.mark.browser

PANELS = "#encode-panels"


@pytest.fixture
def tab(page: Page) -> Page:
    page.get_by_role("tab", name="Encode").click()
    wait_for_draw(page, PANELS)
    return page


def result_of(catalogue: Catalogue, vae: str, picture: Image.Image) -> EncodeResult:
    return encode(catalogue.vae(vae), picture, EncodeRequest(vae), choose_runtime())


def check_screen(page: Page, result: EncodeResult) -> None:
    """Compare the three pictures and all numbers on the screen with a result of the library."""
    first = page.locator(f"{PANELS} .lab-group").first.locator("img")
    np.testing.assert_array_equal(pixels(first.nth(0)), to_bytes(result.picture)[0])
    np.testing.assert_array_equal(pixels(first.nth(1)), to_bytes(result.reconstruction)[0])
    facts = page.locator(f"{PANELS} .lab-facts").inner_text()
    numbers = result.summary()
    for text in (
        " × ".join(map(str, result.z.shape[1:])),
        f"{numbers['numbers_in']:,}",
        f"{numbers['numbers_out']:,}",
        f"{numbers['reduction']:g} times fewer",
        f"{numbers['kl_bits']:,} bits",
        f"{numbers['kl_bits_per_value']} bits a value",
        f"{numbers['psnr_db']} dB",
        str(numbers["ssim"]),
    ):
        assert text in facts


def upload(page: Page, data: bytes, name: str = "picture.png") -> None:
    sent = {"name": name, "mimeType": "image/png", "buffer": data}
    page.set_input_files("#encode-upload input[type=file]", files=[sent])


def png(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def test_an_encoded_picture_is_there_before_any_click(tab: Page, catalogue: Catalogue) -> None:
    check_screen(tab, result_of(catalogue, "f4c4", gallery_picture(SCENES[0])))


def test_mean_maps_show_the_latent_at_its_own_resolution(tab: Page, catalogue: Catalogue) -> None:
    result = result_of(catalogue, "f4c4", gallery_picture(SCENES[0]))
    maps = tab.locator(f"{PANELS} .lab-group").nth(1).locator(".lab-tiles img")
    assert maps.count() == 4
    for channel, mean in enumerate(result.mean[0].numpy()):
        red, _, blue = pixels(maps.nth(channel)).astype(int)
        assert red.shape == mean.shape
        assert ((red > blue) == (mean > 0))[np.abs(mean) > 0.1 * np.abs(result.mean.numpy()).max()].all()
    assert maps.first.evaluate("element => getComputedStyle(element).imageRendering") == "pixelated"


@pytest.mark.parametrize("index", [3, 7])
def test_the_gallery(tab: Page, catalogue: Catalogue, index: int) -> None:
    tab.locator("#encode-shelf button").nth(index).click()
    wait_for_draw(tab, PANELS, 1)
    check_screen(tab, result_of(catalogue, "f4c4", gallery_picture(NAMES[index])))


def test_another_vae_encodes_the_picture_on_the_screen(tab: Page, catalogue: Catalogue) -> None:
    tab.locator("#encode-shelf button").nth(8).click()
    wait_for_draw(tab, PANELS, 1)
    tab.get_by_label("VAE").click()
    tab.get_by_role("option", name="f8c4").click()
    wait_for_draw(tab, PANELS, 2)
    check_screen(tab, result_of(catalogue, "f8c4", gallery_picture(NAMES[8])))


def test_an_upload_is_encoded_and_stays_when_the_vae_changes(tab: Page, catalogue: Catalogue) -> None:
    own = gallery_picture(NAMES[6]).resize((90, 130)).rotate(90, expand=True)
    upload(tab, png(own))
    wait_for_draw(tab, PANELS, 1)
    check_screen(tab, result_of(catalogue, "f4c4", own))
    expect(tab.locator("#encode-shelf button[aria-pressed=true]")).to_have_count(0)
    tab.get_by_label("VAE").click()
    tab.get_by_role("option", name="f8c4").click()
    wait_for_draw(tab, PANELS, 2)
    check_screen(tab, result_of(catalogue, "f8c4", own))


def test_taking_the_upload_away_brings_the_opening_back(tab: Page, catalogue: Catalogue) -> None:
    upload(tab, png(gallery_picture(NAMES[6])))
    wait_for_draw(tab, PANELS, 1)
    tab.locator("#encode-upload").get_by_label("Remove Image").click()
    wait_for_draw(tab, PANELS, 2)
    check_screen(tab, result_of(catalogue, "f4c4", gallery_picture(SCENES[0])))
    expect(tab.locator("#encode-shelf button").first).to_have_attribute("aria-pressed", "true")


def test_a_file_that_is_no_picture_is_a_friendly_note(tab: Page) -> None:
    upload(tab, b"these are words", "words.png")
    expect(tab.get_by_test_id("toast-body")).to_contain_text("no picture that we can read")
    assert draws(tab, PANELS) == 1
    expect(tab.locator("#encode-upload img")).to_have_count(0)
    tab.locator("#encode-shelf button").nth(1).click()
    wait_for_draw(tab, PANELS, 1)
