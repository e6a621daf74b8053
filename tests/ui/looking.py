"""What a test sees on the page: pixels as arrays, and waiting until a widget has drawn something new."""

import base64
import time
from io import BytesIO

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page

READ_PIXELS = """element => {
  const canvas = document.createElement('canvas');
  canvas.width = element.naturalWidth || element.width;
  canvas.height = element.naturalHeight || element.height;
  const context = canvas.getContext('2d');
  context.drawImage(element, 0, 0);
  return canvas.toDataURL('image/png');
}"""


def pixels(shown: Locator) -> np.ndarray:
    """Return an <img> or <canvas> as (3, H, W) bytes at its own resolution."""
    png = base64.b64decode(shown.evaluate(READ_PIXELS).partition(",")[2])
    with Image.open(BytesIO(png)) as picture:
        return np.asarray(picture)[..., :3].transpose(2, 0, 1)


def draws(page: Page, widget: str) -> int:
    """Return how many values a widget has drawn so far."""
    return page.evaluate(f"Number(document.querySelector('{widget} [data-drawn]')?.dataset.drawn || 0)")


def wait_for_draw(page: Page, widget: str, before: int = 0) -> None:
    """Wait until a widget has drawn more values than `before`."""
    page.wait_for_function(
        f"before => Number(document.querySelector('{widget} [data-drawn]')?.dataset.drawn || 0) > before", arg=before
    )


def requests_during(page: Page) -> list[str]:
    """Return a list that grows with every address that the page asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def wait_until_quiet(page: Page, seconds: float = 1.5) -> None:
    """Wait until the page has asked the server nothing for a while: what it loads at opening has arrived."""
    latest = [time.monotonic()]
    page.on("request", lambda _: latest.append(time.monotonic()))
    while time.monotonic() - latest[-1] < seconds:
        page.wait_for_timeout(100)


def reveal(page: Page, part: str) -> None:
    """Press the button of a guess; the first answer is the guess if none is chosen. part: 'tab-name'."""
    guess = page.locator(f"#{part}-guess input[type=radio]")
    if guess.count() and not any(choice.is_checked() for choice in guess.all()):
        guess.first.check()
    page.locator(f"#{part}-reveal").click()
