"""The Prompt tab in a browser: what is on the screen is what the library computes; hands, keys and captions work."""

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.core.pictures import to_bytes
from app.core.runtime import choose_runtime
from app.figures.prompt_words import attention_layers
from app.labs.gallery import gallery_picture
from app.labs.generate import GenerateRequest
from app.labs.prompt_attention import attention
from app.labs.prompt_edit import InpaintRequest, StrengthRequest, from_picture, inpaint, mask_of_text
from app.labs.prompt_pair import PairRequest, compare_captions
from app.labs.prompt_sweep import SweepRequest, sweep
from app.labs.prompt_switch import SwitchRequest, switch_caption
from app.labs.prompt_unseen import UnseenRequest, unseen
from app.labs.prompt_words import drop_words
from app.store.catalogue import Catalogue
from app.ui.tabs.prompt_bench import STAR
from app.ui.tabs.prompt_mask import HEART
from app.ui.tabs.prompt_pair import OTHER
from app.ui.tabs.prompt_source import OPENING
from app.ui.tabs.prompt_strength import GREEN
from app.ui.tabs.prompt_sweep import SNOWMAN
from app.ui.tabs.prompt_switch import FIRST, THEN, moments_of
from tests.ui.conftest import watched
from tests.ui.looking import draws, pixels, reveal, wait_for_draw

pytestmark = pytest.mark.browser

STEPS = 3
RUNTIME = choose_runtime()


def opened(browser: Browser, url: str, part: str, query: str = f"&steps={STEPS}") -> Iterator[Page]:
    """Open a part by its link, and wait until it shows something."""
    for page in watched(browser, f"{url}?tab=prompt&part={part}{query}"):
        expect(page.locator(f"#prompt-{part}-status")).to_contain_text("computed in")
        yield page


def revealed(page: Page, part: str) -> Locator:
    """Commit the guess; returns the pictures of the strips."""
    before = draws(page, f"#prompt-{part}-graded")
    reveal(page, f"prompt-{part}")
    wait_for_draw(page, f"#prompt-{part}-graded", before)
    return page.locator(f"#prompt-{part}-graded img.lab-pixels")


def models(catalogue: Catalogue):
    return catalogue.denoiser("generator"), catalogue.judge()


def ask(caption: str = STAR, **more) -> GenerateRequest:
    return GenerateRequest(caption, **({"seed": 1, "steps": STEPS} | more))


def same(shown: Locator, picture) -> None:
    """The decoder may round a value of a tie differently in another batch."""
    assert np.abs(pixels(shown).astype(int) - to_bytes(picture)).max() <= 2


def test_two_weights_before_the_guess_and_all_five_after(browser, url, catalogue):
    for page in opened(browser, url, "sweep"):
        tiles = page.locator("#prompt-sweep-graded img.lab-pixels")
        assert tiles.count() == 2
        expect(page.locator("#prompt-sweep-graded")).not_to_contain_text("Your guess")
        page.get_by_label("w = 4", exact=True).check()
        tiles = revealed(page, "sweep")
        assert tiles.count() == 5
        result = sweep(*models(catalogue), SweepRequest(ask(SNOWMAN, seed=3)), RUNTIME)
        for number in range(5):
            same(tiles.nth(number), result.pictures[number, 0])
        right = sum(mark.right for mark in result.marks[4][0])
        expect(page.locator("#prompt-sweep-graded .graded-score").nth(4)).to_have_text(f"{right} of 7 right")
        expect(page.locator("#prompt-sweep-graded .lab-facts")).to_contain_text("w = 4")
        assert page.locator("#prompt-sweep-chart svg").count() == 1


def test_a_word_lights_the_picture_without_asking_the_server(browser, url, catalogue):
    result = attention(models(catalogue)[0], ask(), RUNTIME)
    whole = attention_layers(result)[0]
    heat = np.frombuffer(whole.heat, np.uint8).reshape(STEPS, len(result.words), whole.side, whole.side)
    for page in opened(browser, url, "attention"):
        wait_for_draw(page, "#prompt-attention-attention")
        asked: list[str] = []
        page.on("request", lambda request, urls=asked: urls.append(request.url))
        board = page.locator("#prompt-attention-attention")
        slider, word = board.locator("input[type=range]"), board.locator(".attention-word").nth(4)
        slider.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        word.hover()
        expect(board.locator("div[data-word]")).to_have_attribute("data-word", "4")
        expect(board.locator("div[data-word]")).to_have_attribute("data-shown", "1")
        expect(board.locator(".lab-saying")).to_contain_text(f"'{result.words[4]}' gets")
        alpha = np.round(0.88 * (255 - heat[1, 4].astype(float))) / 255
        lit = to_bytes(result.decoded[1]) * (1 - np.kron(alpha, np.ones((8, 8))))
        assert np.abs(pixels(word.locator("canvas")) - lit).max() <= 3
        board.locator(".attention-word").nth(1).focus()
        expect(board.locator("div[data-word]")).to_have_attribute("data-word", "1")
        assert asked == []


def test_each_word_is_left_out_beside_the_guess(browser, url, catalogue):
    for page in opened(browser, url, "drop", f"&steps={STEPS}&caption=a+red+star"):
        assert page.locator("#prompt-drop-graded img.lab-pixels").count() == 1
        tiles = revealed(page, "drop")
        assert tiles.count() == 4 + 3  # the whole, three without a word, three maps of the noise
        result = drop_words(*models(catalogue), ask("a red star"), RUNTIME)
        for number in range(4):
            same(tiles.nth(number), result.pictures[number])
        word = result.words[int(result.moved.argmax())]
        expect(page.locator("#prompt-drop-graded .lab-facts")).to_contain_text(f"'{word}'")


def test_pair_switch_strength_and_unseen_show_what_the_library_draws(browser, url, catalogue):
    both = models(catalogue)
    for page in opened(browser, url, "pair"):
        result = compare_captions(*both, PairRequest(ask(), OTHER), RUNTIME)
        for side in (0, 1):
            same(page.locator("#prompt-pair-graded img.lab-pixels").nth(side), result.decoded[-1, side])
        expect(page.locator("#prompt-pair-chart .chart-board")).to_have_count(0)
        revealed(page, "pair")
        expect(page.locator("#prompt-pair-graded")).to_contain_text(f"after {result.parted} of {STEPS} steps")
        expect(page.locator("#prompt-pair-chart .chart-board")).to_have_count(1)
        same(page.locator("#prompt-pair-film canvas").nth(1), result.decoded[-1, 1])
    for page in opened(browser, url, "switch"):
        tiles = revealed(page, "switch")
        switched = switch_caption(*both, SwitchRequest(ask(FIRST, seed=11), THEN, moments_of(STEPS)), RUNTIME)
        for number in range(STEPS + 1):
            same(tiles.nth(number), switched.pictures[number, 0])
    for page in opened(browser, url, "strength"):
        request = StrengthRequest(ask(GREEN), (0.2, 0.4, 0.5, 0.6, 0.8, 1.0))
        strengths = from_picture(*both, gallery_picture(OPENING), request, RUNTIME)
        same(page.locator("#prompt-strength-graded img.lab-pixels").nth(1), strengths.pictures[-1])
        assert page.locator("#prompt-strength-graded img.lab-pixels").count() == 2
        revealed(page, "strength")
        for number in range(6):
            same(page.locator("#prompt-strength-graded img.lab-pixels").nth(number + 1), strengths.pictures[number])
    for page in opened(browser, url, "unseen"):
        tiles = revealed(page, "unseen")
        graded = unseen(*both, UnseenRequest(8, 1, STEPS), RUNTIME)
        same(tiles.nth(7), graded.unseen.pictures[7])
        same(tiles.nth(8), graded.seen.pictures[0])
        expect(page.locator("#prompt-unseen-graded .lab-facts")).to_contain_text("n = 8")


def test_a_mask_is_painted_by_key_and_by_pointer_and_the_link_keeps_it(browser, url, catalogue):
    for page in opened(browser, url, "mask"):
        board = page.locator("#prompt-mask-board .mask-board")
        mask = page.locator("#prompt-mask-board div[data-mask]")
        page.locator("#prompt-mask-board").get_by_role("button", name="Nothing").click()
        board.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Space")
        expect(mask).to_have_attribute("data-mask", "0000" + "4000" + "0000" * 14)
        box = board.bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.53, box["y"] + box["height"] * 0.53)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.97, box["y"] + box["height"] * 0.53, steps=16)
        page.mouse.up()
        painted = "0000" + "4000" + "0000" * 6 + "00ff" * 2 + "0000" * 6
        expect(mask).to_have_attribute("data-mask", painted)
        expect(page.locator("#prompt-mask-mask textarea, #prompt-mask-mask input")).to_have_value(painted)
        before = draws(page, "#prompt-mask-graded")
        page.locator("#prompt-mask-go").click()
        wait_for_draw(page, "#prompt-mask-graded", before)
        request = InpaintRequest(ask(HEART), mask_of_text(painted, 16))
        result = inpaint(*models(catalogue), gallery_picture(OPENING), request, RUNTIME)
        same(page.locator("#prompt-mask-graded img.lab-pixels").nth(1), result.after[0])
        assert f"mask={painted}" in page.locator("#prompt-mask-link input").input_value()


def test_the_caption_box_offers_words_and_marks_unknown_ones(browser, url):
    for page in opened(browser, url, "sweep"):
        box = page.locator("#prompt-sweep-caption textarea")
        help_ = page.locator("#prompt-sweep-caption-help")
        box.fill("a red st")
        expect(help_.get_by_role("option").first).to_have_text("star")
        page.keyboard.press("ArrowDown")
        assert box.get_attribute("aria-activedescendant") == "prompt-sweep-caption-offer-0"
        page.keyboard.press("Enter")
        expect(box).to_have_value("a red star ")
        box.fill("a red dimond on blue")
        page.locator("#prompt-sweep-steps input").first.focus()
        expect(help_.get_by_role("status")).to_contain_text("never seen 'dimond'")
        help_.get_by_role("button", name="diamond").click()
        expect(box).to_have_value("a red diamond on blue")
        expect(help_.get_by_role("status")).to_be_empty()
        box.fill("<b>bold</b> звезда " + "x" * 3000)
        expect(help_.get_by_role("status")).to_contain_text("<b>bold</b>")
        assert help_.locator("b").count() == 0
        drawn = draws(page, "#prompt-sweep-graded")
        reveal(page, "prompt-sweep")
        expect(page.get_by_text("Use at most 400 characters").first).to_be_visible()
        assert draws(page, "#prompt-sweep-graded") == drawn
