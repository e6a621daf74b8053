"""The parts of the Denoise tab without a browser: bad input, cancelling, two runs at once, trees that belong to one."""

import asyncio
import contextlib
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from app.core.runtime import choose_runtime
from app.labs import denoise_quality
from app.labs.denoise import DenoiseRequest, DenoiseResult, denoise_run, trajectory
from app.labs.denoise_branch import Tree
from app.store import catalogue as store
from app.store.catalogue import open_catalogue
from app.ui import wiring
from app.ui.part import Progress
from app.ui.services import Services
from app.ui.tabs import denoise, denoise_branch, denoise_common
from app.ui.tabs.shelf import OWN
from app.ui.wiring import Handlers
from tests.checkpoints import make_zoo

RUNTIME = choose_runtime("cpu", "float32")
CAPTION = "a small red star on a blue background"
BOXES = ("run-caption", "decide-caption", "branch-caption", "branch-next")
QUICK: dict[str, dict[str, Any]] = {"run": {"steps": 3}, "decide": {"steps": 2, "runs": 2}, "branch": {"steps": 2}}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    return Services(RUNTIME, open_catalogue(make_zoo(tmp_path_factory.mktemp("models")), RUNTIME))


@pytest.fixture(scope="module")
def parts(services: Services) -> dict[str, Handlers]:
    made = {}
    with gr.Blocks():
        for one in denoise.PARTS:
            part = one.build(services)
            assert part is not None
            made[one.name] = Handlers(part, one.presets_for(part))
    return made


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr(wiring, "show_note", lambda error: shown.append(str(error)))
    monkeypatch.setattr(denoise_branch, "show_note", lambda error: shown.append(str(error)))
    return shown


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))


def raw(handle: Handlers, **changed: Any) -> list[Any]:
    """What the page sends: the settings as they open, but for those changed, then the extras."""
    settings = {**handle.defaults, **QUICK.get(handle.part.name, {}), **changed}
    extras = [changed.get(name, getattr(one, "value", None)) for name, one in handle.part.extras.items()]
    return [*[settings[name] for name in handle.part.settings], *extras]


def root(handle: Handlers, **changed: Any) -> list[Any]:
    """The settings of a tree's first run, as the page sends them with a branch."""
    return raw(handle, **changed)[: list(handle.part.settings).index("branches")]


def last(frames: Iterator[Any]) -> list[Any]:
    *_, final = frames
    return final


def data(value: dict[str, Any]) -> dict[str, Any]:
    return json.loads(value["data"])


def alone(services: Services, caption: str, seed: int) -> DenoiseResult:
    """What the library computes for the quick run, of which no part knows."""
    return denoise_run(services.catalogue.denoiser("generator"), DenoiseRequest(caption, seed, 3), RUNTIME)


def check_path(plane: dict[str, Any], result: DenoiseResult) -> None:
    """The plane shows the path of a result of the library."""
    np.testing.assert_allclose(data(plane)["planes"][0]["path"], trajectory(result).path.numpy(), atol=1e-3)


@pytest.mark.parametrize("name", [one.name for one in denoise.PARTS])
def test_copied_code_of_every_part_runs(
    parts: dict[str, Handlers], services: Services, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "CHECKPOINTS", services.catalogue.root)
    monkeypatch.chdir(tmp_path)
    handle = parts[name]
    code = handle.part.code(handle.values(raw(handle)))
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, name, "exec"), {})


@pytest.mark.parametrize("name", [one.name for one in denoise.PARTS])
def test_every_part_shows_something_and_its_downloads_are_what_they_say(
    parts: dict[str, Handlers], notes: list[str], name: str
) -> None:
    handle = parts[name]
    final = last(handle.on_run(*raw(handle)))
    assert len(final) == len(handle.part.outputs) + 2
    assert notes == []
    heads = {"PNG": b"\x89PNG", "GIF": b"GIF8", "NPZ": b"PK", "CSV": b"chart"}
    for kind, make in handle.part.downloads.items():
        made = make(handle.values(raw(handle)))
        assert made.content.startswith(heads[kind])
        assert made.name.endswith(kind.lower())


def test_what_the_film_holds_is_what_the_library_computes(parts: dict[str, Handlers], services: Services) -> None:
    final = last(parts["run"].on_run(*raw(parts["run"], caption=CAPTION, seed=5)))
    assert [moment["place"] for moment in data(final[0])["moments"]] == [f"step {k} of 3" for k in range(4)]
    check_path(final[1], alone(services, CAPTION, 5))
    assert data(final[1])["planes"][0]["uncond"] is not None


@pytest.mark.parametrize(
    "caption", ["красная звезда", "<img src=x onerror=alert(1)>", "blorp", "x" * 10_000, "red " * 99]
)
@pytest.mark.parametrize("name", ["run", "decide", "branch"])
def test_a_caption_that_cannot_be_read_is_a_note_and_changes_nothing(
    parts: dict[str, Handlers], notes: list[str], name: str, caption: str
) -> None:
    final = last(parts[name].on_run(*raw(parts[name], caption=caption)))
    assert len(notes) == 1
    assert all(value == gr.skip() for value in final[:-1])


def test_an_empty_caption_is_a_run_without_one(parts: dict[str, Handlers], notes: list[str]) -> None:
    assert "sheet" in last(parts["run"].on_run(*raw(parts["run"], caption="")))[0]["files"]
    assert notes == []


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("run", {"steps": 0}), ("run", {"steps": 101}), ("run", {"steps": "many"}), ("run", {"steps": float("nan")}),
        ("run", {"guidance": -1}), ("run", {"guidance": 1e9}), ("run", {"seed": -1}), ("run", {"seed": 2**40}),
        ("run", {"eta": 2}), ("run", {"sampler": "magic"}), ("run", {"model": "../../etc"}), ("decide", {"runs": 99}),
        ("noise", {"schedule": "none"}), ("noise", {"picture": "/etc/passwd"}), ("steps", {"count": 9999}),
        ("scale", {"factor": 0}), ("scale", {"strength": 2}), ("game", {"signal": 0}), ("game", {"differ": "taste"}),
        ("branch", {"branches": "[[0,0]]"}), ("branch", {"branches": "[" * 300}), ("branch", {"steps": 99}),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_a_note(
    parts: dict[str, Handlers], notes: list[str], name: str, bad: dict[str, Any]
) -> None:
    last(parts[name].on_run(*raw(parts[name], **bad)))
    assert len(notes) == 1


def test_a_run_cancelled_at_every_step_leaves_nothing_behind(
    parts: dict[str, Handlers], services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denoise_common, "PACE", -1.0)
    monkeypatch.setattr(wiring, "PROGRESS_SECONDS", -1.0)
    handle, want = parts["run"], raw(parts["run"], seed=21)
    for count in (1, 2):
        run = handle.on_run(*want)
        frames = [next(run) for _ in range(count)]
        run.close()
        assert [data(frame[-1])["share"] for frame in frames] == [k / 3 for k in range(1, count + 1)]
    check_path(last(handle.on_run(*want))[1], alone(services, want[0], 21))


def test_two_runs_at_once_do_not_mix(
    parts: dict[str, Handlers], services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denoise_common, "PACE", -1.0)
    handle = parts["run"]
    inputs = [raw(handle, seed=31), raw(handle, seed=32, caption=CAPTION)]
    first, second = (handle.on_run(*each) for each in inputs)
    ends: list[Any] = [None, None]
    for _ in range(4):
        for k, run in enumerate((first, second)):
            ends[k] = next(run, ends[k])
    for end, (caption, seed, *_) in zip(ends, inputs, strict=True):
        check_path(end[1], alone(services, caption, seed))
    assert data(ends[0][1]) != data(ends[1][1])


def test_trees_of_two_visitors_stay_apart(parts: dict[str, Handlers], notes: list[str]) -> None:
    handle = parts["branch"]
    show = handle.part.run.__self__  # type: ignore[attr-defined]
    mine, yours = (last(handle.on_run(*raw(handle, seed=seed)))[1] for seed in (1, 2))
    event = gr.EventData(None, {"node": 0, "step": 1})
    written, changes = show.on_branch(event, mine, "", 4, CAPTION, 2.0, denoise_branch.KEEP, 0, *root(handle, seed=1))
    assert changes == 5
    grown = last(handle.on_run(*raw(handle, seed=1, branches=written, tree=mine)))
    assert isinstance(grown[1], Tree)
    assert (len(grown[1].nodes), len(mine.nodes), len(yours.nodes)) == (2, 1, 1)
    assert grown[1].nodes[0] is mine.nodes[0]
    assert len(data(grown[0])["rows"]) == 2
    assert notes == []


@pytest.mark.parametrize(
    ("event", "caption"),
    [({"node": 7, "step": 0}, CAPTION), ({"node": 0, "step": 99}, CAPTION), ({"node": "x", "step": None}, CAPTION),
     ({}, CAPTION), (None, CAPTION), ({"node": 0, "step": 1}, "blorp")],
)  # fmt: skip
def test_a_branch_that_cannot_be_is_a_note(
    parts: dict[str, Handlers], notes: list[str], event: dict[str, Any] | None, caption: str
) -> None:
    handle = parts["branch"]
    tree = last(handle.on_run(*raw(handle)))[1]
    answer = handle.part.run.__self__.on_branch(  # type: ignore[attr-defined]
        gr.EventData(None, event), tree, "", 0, caption, 3.0, denoise_branch.KEEP, 0, *root(handle)
    )
    assert answer == (gr.skip(), gr.skip())
    assert len(notes) == 1


@pytest.mark.parametrize("changed", [{"seed": 8}, {"steps": 1}, {"caption": "a cup"}, {"guidance": 1}, {"steps": "x"}])
def test_no_branch_grows_from_a_first_run_that_was_changed_since(
    parts: dict[str, Handlers], notes: list[str], changed: dict[str, Any]
) -> None:
    handle = parts["branch"]
    tree = last(handle.on_run(*raw(handle)))[1]
    answer = handle.part.run.__self__.on_branch(  # type: ignore[attr-defined]
        gr.EventData(None, {"node": 0, "step": 0}), tree, "", 0, CAPTION, 3.0, denoise_branch.KEEP, 0,
        *root(handle, **changed),
    )  # fmt: skip
    assert answer == (gr.skip(), gr.skip())
    assert len(notes) == 1


def branched(services: Services, changed: dict[str, Any]) -> tuple[Any, Any]:
    """Branch as a client without the page would; changed: what it sends instead of what the widgets open with."""
    with gr.Blocks() as page:
        part = next(one for one in denoise.PARTS if one.name == "branch").build(services)
    assert part is not None
    [event] = [fn for fn in page.fns.values() if any(name == "branch" for _, name in fn.targets)]
    assert event.fn is not None
    ids = [str(widget.elem_id).removeprefix("denoise-branch-") for widget in event.inputs]
    raw = [changed.get(each, widget.value) for each, widget in zip(ids, event.inputs, strict=True)]
    with ThreadPoolExecutor(1) as other:  # a browser test in this process may have an event loop in this thread
        _, *sent = other.submit(asyncio.run, page.preprocess_data(event, raw, None)).result()
    tree = last(Handlers(part, {}).on_run(*[widget.value for widget in part.settings.values()], None))[1]
    return event.fn(gr.EventData(None, {"node": 0, "step": 1}), tree, *sent)


@pytest.mark.parametrize(
    ("widget", "sent", "named"),
    [
        ("weight", "much", "Guidance"), ("weight", 99, "Guidance"), ("weight", -1, "Guidance"),
        ("weight", [3], "Guidance"), ("noise", "loud", "Noise"), ("noise", 3, "Noise"), ("other", "x", "Seed"),
        ("other", -1, "Seed"), ("other", 2**40, "Seed"), ("other", {}, "Seed"), ("next", "x" * 401, "caption"),
        ("next", 5, "5"),
    ],
)  # fmt: skip
def test_a_branch_with_settings_that_cannot_be_is_one_note_and_changes_nothing(
    services: Services, notes: list[str], widget: str, sent: Any, named: str
) -> None:
    assert branched(services, {widget: sent}) == (gr.skip(), gr.skip())
    assert len(notes) == 1
    assert named in notes[0]


def test_a_branch_of_nothing_is_that_of_an_emptied_page(services: Services, notes: list[str]) -> None:
    """Every box is then as it opens."""
    nothing = dict.fromkeys(("next", "weight", "noise", "other"))
    assert branched(services, nothing) == branched(services, {})
    assert notes == []


def test_a_visitors_picture_is_noised_until_another_one_is_chosen(
    parts: dict[str, Handlers], monkeypatch: pytest.MonkeyPatch
) -> None:
    problems: list[str] = []
    monkeypatch.setattr("app.ui.tabs.prompt_source.show_problem", problems.append)
    handle, own = parts["noise"], Image.new("RGB", (70, 90), "#3366cc")
    films = {
        name: last(handle.on_run(*raw(handle, **sent)))[0]
        for name, sent in {
            "gallery": {"own": None}, "own": {"picture": OWN, "own": own}, "gallery again": {"own": own},
            "a link": {"picture": OWN, "own": None},
        }.items()
    }  # fmt: skip
    assert films["own"] != films["gallery"]
    assert films["gallery again"] == films["gallery"] == films["a link"]
    assert [bool(one) for one in problems] == [False, False, False, True]
    assert "your-picture.png" in handle.part.code(handle.values(raw(handle, picture=OWN, own=own)))
    assert "your-picture.png" not in handle.part.code(handle.values(raw(handle, own=own)))


@pytest.mark.parametrize("name", ["run", "decide", "branch", "scale"])
def test_a_long_run_says_how_far_it_is_so_that_it_can_be_stopped(
    parts: dict[str, Handlers], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(denoise_common, "PACE", -1.0)
    handle = parts[name]
    frames = list(handle.part.run(handle.values(raw(handle, seed=77))))
    shares = [frame.share for frame in frames if isinstance(frame, Progress)]
    assert shares
    assert shares == sorted(shares)


def test_captions_are_helped_with_the_words_of_the_model(parts: dict[str, Handlers], services: Services) -> None:
    words = services.catalogue.denoiser("generator").network.config.text.vocabulary
    with gr.Blocks() as page:
        for one in denoise.PARTS:
            one.build(services)
    helps = {block.elem_id: block.props for block in page.blocks.values() if str(block.elem_id).endswith("-help")}
    assert set(helps) == {f"denoise-{part}-help" for part in BOXES}
    assert all(props["words"] == list(words) for props in helps.values())


def test_the_curves_wait_for_the_guess_and_a_point_is_measured_now(
    parts: dict[str, Handlers], services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, judge = services.catalogue.denoiser("generator"), services.catalogue.judge()
    *_, table = denoise_quality.measure_steps(model, judge, RUNTIME, count=2, samplers=["ddim"], steps=[1, 3])
    handle = parts["steps"]
    folder = services.catalogue.root / "generator"
    without = last(handle.on_run(*raw(handle)))
    assert "No measurement" in data(without[0])["otherwise"]
    assert without[2] == ""
    denoise_quality.write_table(folder, table)
    before = last(handle.on_run(*raw(handle)))
    after = last(handle.on_reveal(*raw(handle), "10"))
    now = last(handle.on_run(*raw(handle, count=4, steps=1, presses=1)))
    (folder / denoise_quality.FILE).unlink()
    assert data(before[0])["charts"][0]["series"][0]["x"] == [1]
    assert [fact["value"] for fact in data(before[1])["facts"]] == ["guess first"]
    assert data(after[0])["charts"][0]["series"][0]["x"] == [1, 3]
    assert [one["style"] for one in data(now[0])["charts"][0]["series"]] == ["line", "points"]
    assert len(now[3]) == 1
    assert now[4] == 1


def test_a_measurement_that_was_stopped_begins_again_at_a_press_alone(parts: dict[str, Handlers]) -> None:
    handle = parts["steps"]
    held = {"points": (), "presses": 0, "answered": 0, "count": 4, "steps": 1}

    def keep(frame: list[Any]) -> None:
        """What the visitor's state becomes."""
        held.update({n: v for n, v in zip(("points", "answered"), frame[3:5], strict=True) if v != gr.skip()})

    held["presses"] = 1
    stopped = handle.on_run(*raw(handle, **held))
    keep(next(stopped))
    stopped.close()
    for run in (handle.on_reveal(*raw(handle, **held), "10"), handle.on_run(*raw(handle, **held))):
        keep(last(run))
        assert held["points"] == ()
    for measured in (1, 2):
        held["presses"] += 1
        for run in (handle.on_run(*raw(handle, **held)), handle.on_run(*raw(handle, **held))):
            keep(last(run))
        assert len(held["points"]) == measured


def test_before_the_guess_nothing_is_given_away(parts: dict[str, Handlers]) -> None:
    handle = parts["decide"]
    before, after = last(handle.on_run(*raw(handle))), last(handle.on_reveal(*raw(handle), "colour"))
    assert data(before[0])["rows"] == []
    assert [fact["value"] for fact in data(before[2])["facts"]] == ["guess first"]
    assert {row["name"] for row in data(after[0])["rows"]} >= {"colour", "shape", "texture"}
    assert data(after[2])["facts"][0]["name"] == "Your guess"


def test_without_models_every_part_says_what_is_missing(tmp_path: Path) -> None:
    empty = Services(RUNTIME, open_catalogue(tmp_path, RUNTIME))
    with gr.Blocks() as page:
        assert [one.build(empty) for one in denoise.PARTS] == [None] * len(denoise.PARTS)
    said = [block.value for block in page.blocks.values() if isinstance(block, gr.Markdown)]
    assert len(said) == len(denoise.PARTS)
    assert all("Train one" in text for text in said)
