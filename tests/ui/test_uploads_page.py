"""Every bad picture through the real page's upload path: the right picture, or one sentence that helps."""

import io
import zlib
from collections.abc import Iterator
from struct import pack

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.labs.encode import EncodeRequest, encode
from app.store.catalogue import Catalogue
from tests.ui.conftest import watched
from tests.ui.looking import draws, pixels, wait_for_draw
from tests.ui.serving import new_context, open_page
from tests.ui.test_encode_tab import PANELS, upload

pytestmark = pytest.mark.browser

SIDE = 64
COLOURS = np.random.default_rng(3).integers(0, 256, (8, 8, 3), np.uint8).repeat(8, axis=0).repeat(8, axis=1)
FLAT = Image.fromarray(COLOURS)
KINDS = ("animated", "CMYK", "palette", "turned by EXIF")
QUARTER_TURN = 6
"""EXIF: the camera was held on its side; the picture must be turned by 90 degrees to the right."""


def saved(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def colours(kind: str) -> np.ndarray:
    """Squares of one colour each, other ones for each kind: the page does not encode the same picture again."""
    return np.roll(COLOURS, 8 * (1 + KINDS.index(kind)), axis=1)


def flat(kind: str) -> Image.Image:
    return Image.fromarray(colours(kind))


def rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = QUARTER_TURN
    turned = flat("turned by EXIF").transpose(Image.Transpose.ROTATE_90)
    return saved(turned, "JPEG", exif=exif, quality=100, subsampling=0)


def animated() -> bytes:
    others = [Image.new("RGB", FLAT.size, colour) for colour in ("red", "blue")]
    return saved(flat("animated"), "WEBP", save_all=True, append_images=others, lossless=True)


def cmyk() -> bytes:
    return saved(flat("CMYK").convert("CMYK"), "JPEG", quality=100, subsampling=0)


def palette() -> bytes:
    return saved(flat("palette").convert("P", palette=Image.Palette.ADAPTIVE), "GIF")


def corrupt() -> bytes:
    data = saved(Image.effect_noise((SIDE, SIDE), 90))
    return data[: len(data) // 2] + bytes(400) + data[len(data) // 2 + 400 :]


def sixteen_bits() -> bytes:
    ramp = np.linspace(0, 65535, SIDE * SIDE).astype(np.uint16).reshape(SIDE, SIDE)
    return saved(Image.fromarray(ramp))


def transparent() -> bytes:
    layer = FLAT.convert("RGBA")
    layer.putalpha(Image.linear_gradient("L").resize(FLAT.size).point(lambda v: 255 if v > 127 else 0))
    return saved(layer)


def huge() -> bytes:
    """20,000 x 20,000 pixels of one bit each in some 50 kilobytes."""
    line = zlib.compressobj(9)
    data = b"".join(line.compress(bytes(1 + 20_000 // 8)) for _ in range(20_000)) + line.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))

    header = pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


PICTURES = {
    "animated": ("a.webp", animated, 0),
    "CMYK": ("a.jpg", cmyk, 12),
    "16 bits": ("a.png", sixteen_bits, None),
    "palette": ("a.gif", palette, 3),
    "transparent": ("a.png", transparent, None),
    "turned by EXIF": ("a.jpg", rotated, 12),
    "1 x 1": ("a.png", lambda: saved(Image.new("RGB", (1, 1), (200, 30, 40))), None),
}
"""Name, bytes, and how far from its colours the screen may be on average; None: checked by itself."""
REFUSED = {
    "corrupt": ("a.png", corrupt, "damaged"),
    "truncated": ("a.jpg", lambda: saved(FLAT, "JPEG")[:300], "damaged"),
    "20,000 x 20,000": ("a.png", huge, "pixels; the most is 24 million"),
    "SVG": ("a.png", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG drawing"),
    "text": ("a.png", lambda: b"This is a poem, not a picture. " * 9, "no picture that we can read"),
}


@pytest.fixture
def tab(browser: Browser, url: str) -> Iterator[Page]:
    for page in watched(browser, f"{url}?tab=encode"):
        wait_for_draw(page, PANELS)
        yield page


def picture_shown(page: Page) -> np.ndarray:
    return pixels(page.locator(f"{PANELS} .lab-group").first.locator("img").first).astype(int)


def test_strange_pictures_arrive_as_they_should_look(tab: Page) -> None:
    for name, (file, make, most) in PICTURES.items():
        before = draws(tab, PANELS)
        upload(tab, make(), file)
        wait_for_draw(tab, PANELS, before)
        shown = picture_shown(tab)
        assert shown.shape == (3, SIDE, SIDE), name
        wanted = (colours(name) if name in KINDS else COLOURS).transpose(2, 0, 1).astype(int)
        if most is not None:
            assert np.abs(shown - wanted).mean() <= most, name
        elif name == "16 bits":
            assert abs(shown.mean() - 127.5) < 2
            assert shown[:, -1, -1].min() > 245
        elif name == "transparent":
            assert (shown[:, :24] == 255).all()
            assert np.abs(shown[:, 40:] - wanted[:, 40:]).max() <= 1
        else:
            assert np.abs(shown - np.array([200, 30, 40])[:, None, None]).max() <= 1
        expect(tab.get_by_test_id("toast-body")).to_have_count(0)


def test_what_is_no_picture_is_answered_with_one_sentence_and_changes_nothing(tab: Page) -> None:
    before, shown = draws(tab, PANELS), picture_shown(tab)
    for name, (file, make, says) in REFUSED.items():
        upload(tab, make(), file)
        note = tab.get_by_test_id("toast-body").filter(has_text=says)
        expect(note.first).to_be_visible()
        assert note.first.inner_text().count(says) == 1, name
        tab.evaluate("document.querySelectorAll('[data-testid=toast-close]').forEach(button => button.click())")
        expect(tab.get_by_test_id("toast-body")).to_have_count(0)
    assert draws(tab, PANELS) == before
    np.testing.assert_array_equal(picture_shown(tab), shown)


def test_zero_bytes_are_answered_and_the_page_lives(tab: Page, catalogue: Catalogue) -> None:
    upload(tab, b"", "empty.png")
    expect(tab.get_by_text("The file is empty")).to_be_visible()
    expect(tab.get_by_test_id("toast-body").first).to_be_visible()
    before = draws(tab, PANELS)
    tab.locator("#encode-shelf button").nth(2).click()
    wait_for_draw(tab, PANELS, before)


def test_nothing_a_visitor_sends_reaches_another(tab: Page, browser: Browser, url: str, catalogue: Catalogue) -> None:
    before = draws(tab, PANELS)
    upload(tab, saved(FLAT))
    wait_for_draw(tab, PANELS, before)
    result = encode(catalogue.vae("f4c4"), FLAT, EncodeRequest("f4c4"), choose_runtime())
    np.testing.assert_array_equal(picture_shown(tab), to_bytes(result.picture)[0])
    other = new_context(browser)
    page = open_page(other, tab.locator("#encode-picture-link input").input_value())
    wait_for_draw(page, PANELS)
    assert np.abs(picture_shown(page) - COLOURS.transpose(2, 0, 1)).mean() > 20
    expect(page.get_by_test_id("toast-body").first).to_contain_text("cannot hold")
    other.close()
