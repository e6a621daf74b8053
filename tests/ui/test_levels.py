"""The levels of a part: they can be opened, formulas are rendered, and the copied code makes what is on the screen."""

import contextlib
import io
from urllib.parse import urlencode

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app.core.pictures import to_bytes
from app.labs.gallery import NAMES
from app.labs.generate import GenerateRequest
from app.labs.snippets_pipeline import walk_code
from app.store import catalogue as store
from app.ui.levels import read_text
from tests.ui.conftest import watched
from tests.ui.looking import pixels, wait_for_draw

pytestmark = pytest.mark.browser


def open_levels(page: Page, part: str) -> str:
    """Open every level of a part; returns the code."""
    for level in ("In words", "In maths", "As code"):
        page.locator(f"#lab-{part} summary").filter(has_text=level).click()
    wait_for_draw(page, f"#{part}-foot")
    return page.locator(f"#{part}-as-code pre").inner_text()


def run(code: str, monkeypatch: pytest.MonkeyPatch, tmp_path, zoo) -> dict[str, object]:
    """Run copied code as a visitor would, with the test's checkpoints in place of the shipped ones."""
    monkeypatch.setattr(store, "CHECKPOINTS", zoo)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "copied", "exec"), names)
    return names


def check_texts(page: Page, part: str) -> None:
    words = read_text(part, "words").replace("*", "").replace("`", "")
    expect(page.locator(f"#{part}-words")).to_contain_text(words.split("\n")[0])
    maths = page.locator(f"#{part}-maths")
    expect(maths.locator(".katex").first).to_be_visible()
    assert maths.locator(".katex").count() >= read_text(part, "maths").count("$$") // 2
    expect(maths).not_to_contain_text("$$")


def same(shown: np.ndarray, wanted: np.ndarray) -> bool:
    """One thread or two: sums in another order."""
    return bool(np.abs(shown.astype(int) - wanted.astype(int)).max() <= 2)


def test_the_code_of_the_pipeline_makes_the_picture_on_the_screen(
    browser: Browser, url: str, monkeypatch, tmp_path, zoo
) -> None:
    query = urlencode({"tab": "pipeline", "part": "walk", "caption": "a large blue cup", "steps": 3, "seed": 9})
    for page in watched(browser, f"{url}?{query}"):
        wait_for_draw(page, "#pipeline-ribbon")
        made = run(open_levels(page, "pipeline-walk"), monkeypatch, tmp_path, zoo)
        shown = pixels(page.locator("#pipeline-scrubber .lab-main canvas"))
        assert same(shown, to_bytes(made["result"].generated.picture)[0])
        check_texts(page, "pipeline-walk")
        with Image.open(tmp_path / "picture.png") as saved:
            assert saved.size == (64, 64)


@pytest.mark.parametrize(
    ("part", "place", "made"),
    [
        ("picture", "#encode-panels .lab-group:first-child figure:nth-child(2) img", "encoded.reconstruction"),
        ("surgery", "#encode-surgery-panels .lab-group figure:nth-child(2) img", "result.after"),
    ],
)
def test_the_code_of_encode_makes_the_picture_on_the_screen(
    browser: Browser, url: str, part: str, place: str, made: str, monkeypatch, tmp_path, zoo
) -> None:
    query = urlencode({"tab": "encode", "part": part, "picture": NAMES[7], "vae": "f8c4", "size": "128"})
    for page in watched(browser, f"{url}?{query}"):
        page.locator(place).first.wait_for()
        names = run(open_levels(page, f"encode-{part}"), monkeypatch, tmp_path, zoo)
        result, field = made.split(".")
        assert same(pixels(page.locator(place).first), to_bytes(getattr(names[result], field))[0])
        check_texts(page, f"encode-{part}")


def test_a_caption_can_only_ever_be_a_string_in_the_code() -> None:
    nasty = 'a red star"); raise SystemExit(\'\\\' + """x\nimport os'
    code = walk_code(GenerateRequest(nasty, steps=1), "generator")
    line = next(line for line in code.splitlines() if line.startswith("request = "))
    scope = {"GenerateRequest": GenerateRequest}
    exec(line, scope)
    assert scope["request"].caption == nasty
