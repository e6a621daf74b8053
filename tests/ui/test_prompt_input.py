"""The parts of the Prompt tab without a browser: what anybody may send, runs that are left, two runs at once."""

import contextlib
import io
from collections.abc import Callable, Iterator

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

from app.core.errors import LabError
from app.core.pictures import to_picture
from app.core.runtime import choose_runtime
from app.labs.prompt_edit import STRENGTHS
from app.store import catalogue as store
from app.store.catalogue import open_catalogue
from app.ui.caption_input import following_words
from app.ui.part import Part, Progress
from app.ui.services import Services
from app.ui.settings import checked, default_of
from app.ui.tabs import prompt_bench
from app.ui.tabs.prompt import PARTS, build
from app.ui.tabs.prompt_mask import build_mask, on_paint
from app.ui.tabs.prompt_source import OPENING, OWN, key_of, on_own, picture_of
from app.ui.tabs.prompt_strength import request_of as strength_request
from app.ui.tabs.prompt_switch import own_moment
from app.ui.tabs.prompt_switch import request_of as switch_request
from app.ui.widgets.base import png_uri
from tests.checkpoints import make_zoo

QUICK = {"steps": 2}
KNOWN = "star " * 2000
STRANGE = ["dragon " * 1500, "звезда", "<script>alert(1)</script>", "dragon unicorn", "a ★", "\x00", "${1+1}"]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    runtime = choose_runtime()
    return Services(runtime, open_catalogue(make_zoo(tmp_path_factory.mktemp("zoo")), runtime))


@pytest.fixture(scope="module")
def parts(services: Services) -> dict[str, Part]:
    with gr.Blocks():
        built = {one.name: one.build(services) for one in PARTS}
    return {name: part for name, part in built.items() if part is not None}


def afresh(services: Services, name: str) -> Part:
    """Build a part for which no result is kept yet."""
    with gr.Blocks():
        part = next(one for one in PARTS if one.name == name).build(Services(services.runtime, services.catalogue))
    assert part is not None
    return part


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))


def values(part: Part, **changes):
    opening = {name: default_of(component) for name, component in part.settings.items()}
    quick = {name: value for name, value in QUICK.items() if name in opening}
    return {**opening, "own": None, "guess": None, **quick, **changes}


def outputs(part: Part, **changes):
    *_, last = part.run(values(part, **changes))
    assert len(last) == len(part.outputs)
    return last


def guess_of(part: Part) -> str | None:
    return None if part.guess is None else part.guess.choices[0][0]


BAD = [
    *(("steps", bad) for bad in (0, 10**9, "many", float("nan"))),
    *(("seed", bad) for bad in (-1, 2**40, "x")),
    *(("guidance", bad) for bad in (-1, float("inf"), [1])),
    *(("picture", "../../etc/passwd"), ("pairs", "100000"), ("noises", "9"), ("pictures", "0")),
]
NAMES = [one.name for one in PARTS]
WITH_CAPTION = [name for name in NAMES if name != "unseen"]


@pytest.mark.parametrize("name", NAMES)
def test_every_part_opens_reveals_and_tells_how_far_it_is(parts, name):
    part = parts[name]
    few = {"pairs": "8"} if name == "unseen" else {}
    for seed, guess in enumerate(dict.fromkeys((None, guess_of(part))), start=9):  # what was drawn before is kept
        frames = list(part.run(values(part, seed=seed, guess=guess, **few)))
        shares = [frame.share for frame in frames if isinstance(frame, Progress)]
        assert shares == sorted(shares)
        assert shares
        assert len(frames[-1]) == len(part.outputs)
        assert "import" in part.code(values(part, guess=guess))


@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_a_part_makes_what_the_part_shows(parts, services, name, tmp_path, monkeypatch):
    """Each piece of code runs as it is, and its `result` is the one whose pictures are on the screen."""
    monkeypatch.setattr(store, "CHECKPOINTS", services.catalogue.root)
    monkeypatch.chdir(tmp_path)
    chosen = values(parts[name], seed=31, guess=guess_of(parts[name]))
    names: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(parts[name].code(chosen), "copied", "exec"), names)
    assert printed.getvalue()
    assert list(tmp_path.glob("*.png"))
    *_, shown = parts[name].run(chosen)
    if name not in ("attention", "unseen"):  # there the pictures are a sheet, and in two halves
        drawing = next(part for part in vars(names["result"]).values() if is_picture(part))
        assert png_uri(to_picture(drawing.reshape(-1, 3, 64, 64)[-1])) in str(shown)


def is_picture(value: object) -> bool:
    """Whether a field of a result holds pictures of 64 pixels."""
    return isinstance(value, torch.Tensor) and value.shape[-3:] == (3, 64, 64)


@pytest.mark.parametrize("name", WITH_CAPTION)
def test_strange_captions_get_one_sentence(parts, name):
    for caption in (KNOWN, *STRANGE):
        for guess in {None, guess_of(parts[name])}:
            with pytest.raises(LabError) as error:
                outputs(parts[name], caption=caption, guess=guess)
            assert len(str(error.value)) < 320


@pytest.mark.parametrize("name", WITH_CAPTION)
def test_a_caption_of_ten_thousand_characters_stops_at_the_door(parts, name):
    part = parts[name]
    raw = [{**values(part), "caption": "a star " * 1430}[setting] for setting in part.settings]
    with pytest.raises(LabError) as error:
        checked(part.settings, raw)
    assert len(str(error.value)) < 320


@pytest.mark.parametrize("name", WITH_CAPTION)
def test_an_empty_caption_is_the_model_without_one(parts, name):
    part = parts[name]
    if name == "drop":
        with pytest.raises(LabError, match="no word"):
            outputs(part, caption="", guess=guess_of(part))
    else:
        outputs(part, caption="", guess=guess_of(part))


@pytest.mark.parametrize("name", NAMES)
def test_settings_out_of_range_get_one_sentence(parts, name):
    part = parts[name]
    for setting, bad in ((setting, bad) for setting, bad in BAD if setting in part.settings):
        raw = [{**values(part), setting: bad}[one] for one in part.settings]
        with pytest.raises(LabError) as error:
            checked(part.settings, raw)
        assert len(str(error.value)) < 900, (setting, bad)


def test_each_setting_that_is_sent_out_of_range_is_one_of_some_part(parts):
    assert {setting for setting, _ in BAD} <= {setting for part in parts.values() for setting in part.settings}


@pytest.mark.parametrize("mask", ["", "f" * 63, "f" * 65, "z" * 64, "0" * 64, "f" * 400, "<b>", "F" * 64])
def test_masks_of_the_wrong_size_get_one_sentence(parts, mask):
    with pytest.raises(LabError) as error:
        outputs(parts["mask"], mask=mask)
    assert len(str(error.value)) < 200


def test_what_a_browser_paints_is_cut():
    assert len(on_paint(gr.EventData(None, {"mask": "f" * 100_000}))) == 400


@pytest.mark.parametrize("sent", [None, {}, {"mask": None}, {"mask": 7}, {"mask": ["f"]}])
def test_what_a_browser_paints_without_a_mask_changes_nothing(sent):
    assert on_paint(gr.EventData(None, sent)) == gr.skip()


def test_a_second_picture_of_ones_own_is_seen_like_the_first(services):
    """The name of the setting stays when one upload follows another, so the key beside it must change."""
    first, second = (Image.new("RGB", (40, 40), colour) for colour in ("red", "blue"))
    (name, _, one), (same, _, other) = on_own(first), on_own(second)
    assert name == same == OWN
    assert one != other
    assert on_own(None) == (OPENING, gr.skip(), "")
    with gr.Blocks() as page:
        build_mask(services)
    names = {block._id: block.elem_id for block in page.blocks.values()}
    hear = {names[target] for fn in page.fns.values() for target, event in fn.targets if "prompt-mask-board" in
            [out.elem_id for out in fn.outputs] and event == "change"}  # fmt: skip
    assert {"prompt-mask-picture", "prompt-mask-key"} <= hear


def test_captions_are_helped_with_the_words_of_the_model(services, monkeypatch):
    monkeypatch.setattr(prompt_bench, "vocabulary_of", lambda _: ["only", "these"])
    with gr.Blocks() as page:
        for one in PARTS:
            one.build(services)
    helps = [block.props for block in page.blocks.values() if str(block.elem_id).endswith("-help")]
    assert len(helps) == 10
    assert all(props["words"] == ["only", "these"] for props in helps)


def test_the_words_of_the_model_are_those_on_its_card(services):
    words = services.catalogue.denoiser("generator").network.config.text.vocabulary
    assert prompt_bench.vocabulary_of(services) == list(words)


def test_a_moment_and_a_strength_of_ones_own_join_the_fixed_ones(parts):
    part = parts["switch"]
    chosen = values(part, steps=20, at=7, guess=guess_of(part))
    assert own_moment(chosen) == 7
    assert switch_request(chosen).after == (0, 2, 5, 7, 8, 10, 12, 15, 18, 20)
    assert switch_request({**chosen, "at": 33}).after[-1] == 20
    assert switch_request({**chosen, "guess": None}).after == (0, 20)
    assert "after step 1: yours" in str(outputs(part, at=1, guess=guess_of(part)))
    assert "yours" not in str(outputs(part, at=1))
    part = parts["strength"]
    guess = guess_of(part)
    assert strength_request(values(part, own_strength=0.35)).strengths == (1.0,)
    assert strength_request(values(part, guess=guess, own_strength=0.35)).strengths == (0.2, 0.35, 0.4, 0.6, 0.8, 1.0)
    assert strength_request(values(part, guess=guess, own_strength=0.6000001)).strengths == STRENGTHS
    assert "strength 0.35: yours" in str(outputs(part, guess=guess, own_strength=0.35))


@pytest.mark.parametrize("name", NAMES)
def test_a_run_can_be_left_at_every_step_and_then_finishes_as_ever(parts, services, name):
    part = parts[name]
    chosen = values(part, seed=77, guess=guess_of(part))
    *_, end = afresh(services, name).run(chosen)
    count = 0
    while True:
        running = part.run(chosen)
        frames = [next(running, None) for _ in range(count + 1)]
        running.close()
        if not isinstance(frames[-1], Progress):
            break
        count += 1
    assert count >= 1
    assert [*part.run(chosen)][-1] == end


def test_two_runs_at_once_do_not_mix(parts, services):
    """Step by step in turn, the same part with two captions: each ends as it ends alone where nothing is kept."""
    part = parts["sweep"]
    first, second = values(part, caption="a red star", seed=5), values(part, caption="a blue cup", seed=5)
    running: list[Iterator[object]] = [part.run(first), part.run(second)]
    ends: list[object] = [None, None]
    for _ in range(40):
        for which, one in enumerate(running):
            for frame in [next(one, None)]:
                ends[which] = frame if frame is not None else ends[which]
    alone = [[*afresh(services, "sweep").run(chosen)][-1] for chosen in (first, second)]
    assert alone == ends
    assert ends[0] != ends[1]


def test_ones_own_picture_is_used_and_a_missing_one_is_not(parts):
    own = Image.fromarray(np.full((50, 90, 3), 200, np.uint8))
    part = parts["strength"]
    mine = values(part, picture=OWN, own=own)
    assert picture_of(mine) == (None, own)
    assert key_of(mine) != key_of(values(part, picture=OWN, own=own.rotate(90, expand=True)))
    assert picture_of(values(part, picture=OWN))[0] == picture_of(values(part))[0]
    assert outputs(part, picture=OWN, own=own) != outputs(part)
    assert "your-picture.png" in part.code(mine)


@pytest.mark.parametrize("name", NAMES)
def test_downloads_are_files_of_their_kind(parts, name):
    part = parts[name]
    kinds = {b"\x89PNG": ".png", b"GIF8": ".gif", b"PK\x03\x04": ".npz"}
    for make in part.downloads.values():
        made = make(values(part))
        expected = next((ending for start, ending in kinds.items() if made.content.startswith(start)), ".csv")
        assert made.name.endswith(expected)
        assert len(made.content) > 100


def test_without_a_denoiser_the_tab_says_so(tmp_path):
    runtime = choose_runtime()
    with gr.Blocks():
        assert build(Services(runtime, open_catalogue(tmp_path, runtime))) is None


def test_without_a_judge_pictures_are_shown_without_marks(tmp_path):
    import shutil

    zoo = make_zoo(tmp_path / "zoo")
    shutil.rmtree(zoo / "judge")
    runtime = choose_runtime()
    services = Services(runtime, open_catalogue(zoo, runtime))
    with gr.Blocks():
        built: dict[str, Part | None] = {one.name: one.build(services) for one in PARTS}
    assert built["unseen"] is None
    for name in ("sweep", "switch", "strength"):
        part = built[name]
        assert part is not None
        assert "there is no judge" in str(outputs(part, guess=guess_of(part)))


def test_offered_words_follow_in_training_captions():
    follow: Callable[[str], object] = following_words().get
    assert "background" in follow("blue")
    assert "there" in follow("")
