"""The parts of the Latent space tab without a browser: screens against the library, copied code, bad input."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
import torch
from PIL import Image

from app.core.errors import BadUpload
from app.core.pictures import to_bytes, to_tensor
from app.core.runtime import choose_runtime
from app.data.scenes import LABEL_COLUMNS, parse_caption, scene_to_labels
from app.evaluation.sampling import decode_samples
from app.figures.space_walk import NO_SCENE
from app.labs.arithmetic import factor_names
from app.labs.gallery import NAMES, SCENES
from app.labs.latent_fit import RunningFit
from app.labs.latent_map import MapRequest, make_map
from app.labs.latent_pad import checked_point, decode_points
from app.labs.latent_paths import end_picture
from app.store import catalogue as store
from app.store.catalogue import open_catalogue
from app.ui import wiring
from app.ui.services import Services
from app.ui.settings import choices_of
from app.ui.tabs import (
    encode_source,
    space,
    space_channels,
    space_common,
    space_holes,
    space_map,
    space_pad,
    space_sums,
)
from app.ui.tabs.encode_source import NO_PICTURE
from app.ui.wiring import Handlers
from tests.checkpoints import make_ladder, make_zoo

RUNTIME = choose_runtime("cpu", "float32")
QUICK: dict[str, dict[str, Any]] = {
    "map": {"count": 100},
    "walk": {"steps": 4},
    "smooth": {"pictures": 4},
    "holes": {"draws": 2},
}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Services:
    root = make_zoo(tmp_path_factory.mktemp("models"))
    make_ladder(root)
    return Services(RUNTIME, open_catalogue(root, RUNTIME))


@pytest.fixture(scope="module")
def parts(services: Services) -> dict[str, Handlers]:
    made = {}
    with gr.Blocks():
        for one in space.PARTS:
            part = one.build(services)
            assert part is not None
            made[one.name] = Handlers(part, one.presets)
    return made


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    shown: list[str] = []
    monkeypatch.setattr(wiring, "show_note", lambda error: shown.append(str(error)))
    return shown


@pytest.fixture(autouse=True)
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(space_channels, "FRAMES", 3)
    monkeypatch.setattr(space_channels, "FITTED_ON", 16)
    monkeypatch.setattr(space_holes, "SPREADS", (0.0, 1.0))
    monkeypatch.setattr(space_holes, "OPENING", 1)
    monkeypatch.setattr(space_sums, "MANY", space_sums.SumsRequest(1))


def raw(handle: Handlers, **changed: Any) -> list[Any]:
    """What the page sends: the settings as they open, but for those changed, then the extras."""
    settings = {**handle.defaults, **QUICK.get(handle.part.name, {}), **changed}
    extras = [changed.get(name) for name in handle.part.extras]
    return [*[settings[name] for name in handle.part.settings], *extras]


def last(frames: Iterator[Any]) -> list[Any]:
    *_, final = frames
    return final


def data(value: Any) -> dict[str, Any]:
    return json.loads(value["data"])


def file(value: Any, name: str) -> bytes:
    return Path(value["files"][name]["path"]).read_bytes()


def code_of(frame: list[Any]) -> str:
    (foot,) = [shown for one in frame if isinstance(one, dict) and "code" in (shown := data(one))]
    return foot["code"]


def run_code(frame: list[Any], monkeypatch: pytest.MonkeyPatch, services: Services, folder: Path) -> dict[str, Any]:
    """Run the code that a frame puts on the clipboard; returns what it made."""
    monkeypatch.setattr(store, "CHECKPOINTS", services.catalogue.root)
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code_of(frame), "copied", "exec"), names)
    return names


def film_tiles(value: Any) -> np.ndarray:
    """Return a film's tiles as (moments, views, 3, H, W) bytes."""
    (width, height), views = data(value)["tile"], len(data(value)["views"])
    sheet = np.asarray(Image.open(io.BytesIO(file(value, "sheet"))).convert("RGB"))
    rows = sheet.reshape(-1, height, views, width, 3)
    return rows.transpose(0, 2, 4, 1, 3)


def test_the_map_on_the_screen_is_the_one_of_the_library_and_of_the_copied_code(
    services: Services, parts: dict[str, Handlers], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    handle = parts["map"]
    frame = last(handle.on_run(*raw(handle, method="PCA", colour="place")))
    shown, points = data(frame[0]), json.loads(file(frame[0], "points"))
    chart = make_map(services.catalogue.vae("f4c4"), MapRequest(count=100), RUNTIME)
    span = (chart.xy.max(0) - chart.xy.min(0)).max()
    wanted = 500 + 1000 * (chart.xy - (chart.xy.max(0) + chart.xy.min(0)) / 2) / span
    assert np.abs(np.array(points["xy"]) - wanted).max() <= 1
    assert points["numbers"]["place"] == chart.labels[:, 2].tolist()
    assert (shown["factor"], shown["pins"], shown["stamp"]) == ("place", [17, 3], "measured now")
    assert "a_scene=17" in shown["walk"]
    made = run_code(frame, monkeypatch, services, tmp_path)
    assert made["chart"].xy == pytest.approx(chart.xy, abs=1e-4)
    assert [pin.index for pin in made["pinned"]] == [17, 3]


def test_thumbnail_i_is_scene_i(parts: dict[str, Handlers]) -> None:
    handle = parts["map"]
    frame = last(handle.on_run(*raw(handle)))
    sheet = np.asarray(Image.open(io.BytesIO(file(frame[0], "sheet"))).convert("RGB")).astype(float)
    tile = sheet[32:64, 7 * 32 : 8 * 32]  # scene 57, 50 a row
    small = to_bytes(torch.nn.functional.avg_pool2d(end_picture("", 57), 2))[0].transpose(1, 2, 0)
    assert np.abs(tile - small).mean() < 6


def test_wrong_pins_are_a_note(parts: dict[str, Handlers], notes: list[str]) -> None:
    handle = parts["map"]
    frame = last(handle.on_run(*raw(handle, pins="17, <b>")))
    assert frame[0] == gr.skip()
    assert len(notes) == 1
    assert "0 to 99" in notes[0]


def test_a_map_fitted_in_the_background_tells_how_far_it_is_and_is_kept(
    services: Services, parts: dict[str, Handlers], monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = parts["map"]
    begun: list[tuple[tuple[int, ...], int]] = []

    def fit(self: RunningFit) -> None:
        begun.append((self._rows.shape, self._settings.neighbours))
        self.said, self.places = "round 5 of 9", np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)

    monkeypatch.setattr(RunningFit, "_run", fit)
    for _ in range(2):
        frame = last(handle.on_run(*raw(handle, method="UMAP", neighbours=7)))
    assert begun == [((100, 48), 7)]
    assert "UMAP" in data(frame[0])["title"]


def test_the_pad_decodes_what_the_library_decodes_and_refuses_nonsense(
    services: Services, parts: dict[str, Handlers], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, notes: list[str]
) -> None:
    handle = parts["pad"]
    frame = last(handle.on_run(*raw(handle, point="0.5, -1.25")))
    wanted = to_bytes(decode_points(services.catalogue.vae("digits"), checked_point(0.5, -1.25), RUNTIME))[0]
    assert (np.asarray(run_code(frame, monkeypatch, services, tmp_path)["picture"]).transpose(2, 0, 1) == wanted).all()
    assert data(frame[0])["x"] == 0.5
    pad = space_pad.PadPart(services, "digits")
    assert pad.decode_exact({"x": 0.5, "y": -1.25})["src"].startswith("data:image/png")
    for forged in (
        None,
        {},
        {"x": "a", "y": 0},
        {"x": float("nan"), "y": 0},
        {"x": 99, "y": 0},
        [1],
        {"x": 10**400, "y": 0},
    ):
        assert pad.decode_exact(forged) == {}
    for text in ("1", "a, b", "9, 9", "nan, 0", "1, 2, 3"):
        last(handle.on_run(*raw(handle, point=text)))
    assert len(notes) == 5


def test_the_walks_on_the_screen_are_those_of_the_copied_code_and_scores_wait_for_the_guess(
    services: Services, parts: dict[str, Handlers], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    handle = parts["walk"]
    before = last(handle.on_run(*raw(handle)))
    assert [fact["name"] for fact in data(before[1])["facts"]] == ["Frames"]
    assert len(data(before[2])["charts"]) == 1
    frame = last(handle.on_reveal(*raw(handle), "Through the noise"))
    made = run_code(frame, monkeypatch, services, tmp_path)
    tiles = film_tiles(frame[0])
    for column, walk in enumerate(made["walks"]):
        assert np.abs(tiles[:, column].astype(int) - to_bytes(walk.pictures)).max() <= 1
    curve = data(frame[2])["charts"][0]["series"][0]["y"]
    assert curve == pytest.approx(made["scores"][0].away, abs=1e-4)
    assert data(frame[1])["facts"][0]["value"] == "Through the noise"


def test_a_visitors_own_picture_is_walked_from_and_never_kept_for_another(parts: dict[str, Handlers]) -> None:
    handle, mine = parts["walk"], Image.new("RGB", (90, 70), (200, 30, 60))
    frame = last(handle.on_run(*raw(handle, a="own", own_a=mine)))
    first = film_tiles(frame[0])[0, 0]
    assert np.abs(first.astype(int) - np.array([200, 30, 60])[:, None, None]).max() <= 1
    assert "your-picture.png" in code_of(frame)
    other = film_tiles(last(handle.on_run(*raw(handle, own_a=mine)))[0])[0, 0]  # it is there, but another is chosen
    assert np.abs(other.astype(int) - to_bytes(to_tensor(mine)).mean((1, 2))[:, None, None]).mean() > 10


@pytest.mark.parametrize("part", ["smooth", "holes", "sums"])
def test_a_guess_is_shown_beside_what_the_copied_code_measures(
    services: Services, parts: dict[str, Handlers], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, part: str
) -> None:
    handle = parts[part]
    guess = handle.part.guess.choices[-1][0]  # type: ignore[union-attr]
    frame = last(handle.on_reveal(*raw(handle), guess))
    made = run_code(frame, monkeypatch, services, tmp_path)
    panels, charts = (
        frame[handle.part.outputs.index(_of(handle, "facts" if part == "smooth" else "panels"))],
        frame[handle.part.outputs.index(_of(handle, "charts"))],
    )
    facts = data(panels)["facts"]
    assert facts[0]["value"] == guess
    series = data(charts)["charts"][0]["series"]
    wanted = {
        "smooth": lambda: made["measured"][1].moved,
        "holes": lambda: made["holes"][1].away,
        "sums": lambda: [rate.kept.rate for rate in made["rates"]],
    }[part]()
    assert series[1]["y"] == pytest.approx(list(wanted), abs=1e-4)
    if part == "sums":
        wrong = [factor for factor, right in made["result"].right.items() if not right]
        assert facts[1]["value"] == f"{len(wrong)} of {len(made['result'].right)} wrong"


def _of(handle: Handlers, name: str) -> Any:
    return next(one for one in handle.part.outputs if str(one.elem_id).endswith(name))


def test_channels_and_preview_are_those_of_the_copied_code(
    services: Services, parts: dict[str, Handlers], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    handle = parts["channels"]
    frame = last(handle.on_run(*raw(handle)))
    made = run_code(frame, monkeypatch, services, tmp_path)
    tiles = film_tiles(frame[0])
    for column, frames in enumerate(made["traversals"]):
        assert np.abs(tiles[:, column].astype(int) - to_bytes(frames)).max() <= 1
    assert data(frame[1])["facts"][0]["value"] == f"{made['preview'].r2:.3f}"


def test_an_own_picture_in_an_address_is_a_note_and_one_of_the_gallery(
    parts: dict[str, Handlers], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(space_common, "show_problem", said.append)
    handle = parts["channels"]
    frame = last(handle.on_run(*raw(handle, picture="own")))
    assert said == [NO_PICTURE]
    assert f"end_picture({SCENES[0]!r}" in data(frame[-2])["code"]
    mine = Image.new("RGB", (64, 64), (200, 30, 60))
    last(handle.on_run(*raw(handle, picture="own", own_picture=mine)))
    assert len(said) == 1


def test_a_bad_upload_is_answered_at_once_and_taking_a_picture_away_opens_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted: list[object] = []
    monkeypatch.setattr(encode_source, "show_note", noted.append)
    with gr.Blocks() as page:
        end = space_common.end_widgets("test", "B", SCENES[2], 3)
    take = next(fn for fn in page.fns.values() if (end.own._id, "clear") in fn.targets).fn
    assert take(BadUpload("That is no picture.", hint="Send a PNG.")) == (gr.skip(), None, gr.skip())
    assert len(noted) == 1
    assert take(None)[0] == SCENES[2]
    assert take(Image.new("RGB", (9, 9)))[0] == "own"


def test_between_pictures_that_are_no_scenes_the_judge_gives_no_answer(parts: dict[str, Handlers]) -> None:
    handle = parts["walk"]
    for a, told in ((NAMES[8], True), (space_common.ON_MAP, False)):
        frame = last(handle.on_reveal(*raw(handle, a=a), "Through the noise"))
        assert (data(frame[1])["facts"][1]["value"] == "no answer") == told
        assert (data(frame[2])["charts"][0]["note"] == NO_SCENE) == told


def test_files_hold_the_latents_that_were_decoded(services: Services, parts: dict[str, Handlers]) -> None:
    def arrays(handle: Handlers) -> dict[str, np.ndarray]:
        values = handle.values(raw(handle))
        return dict(np.load(io.BytesIO(handle.part.downloads["NPZ"](values).content)))

    walks, holes = arrays(parts["walk"]), arrays(parts["holes"])
    assert {"linear_z", "spherical_z", "noise_z"} == {name for name in walks if name.endswith("_z")}
    generator = services.catalogue.denoiser("generator")
    again = decode_samples(generator, torch.from_numpy(walks["linear_z"][:1]), RUNTIME).clamp(-1, 1)
    assert np.abs(again.numpy() - walks["linear"][:1]).max() < 1e-4
    z, pictures = holes["small_kl1_z"], holes["small_kl1"]
    assert (z[0] == 0).all()
    with torch.inference_mode():
        decoded = services.catalogue.vae("small_kl1").network.decode(RUNTIME.put(torch.from_numpy(z[1])))
    assert np.abs(decoded.float().clamp(-1, 1).numpy() - pictures[1]).max() < 1e-4


def test_a_named_change_fills_a_sum_that_stands_for_it() -> None:
    for factor, values in space_sums.captions_by_factor().items():
        old, new = list(values)[:2]
        scenes = [parse_caption(caption) for caption in (*values[old], values[new][1])]
        a, b, c = (factor_names(scene_to_labels(scene)) for scene in scenes)
        assert (a[factor], b[factor], c[factor]) == (old, old, new)
        assert {name for name in b if b[name] != c[name]} == {factor}  # all else cancels


def test_a_map_can_be_coloured_by_every_label(parts: dict[str, Handlers]) -> None:
    assert set(choices_of(parts["map"].part.settings["colour"]) or ()) == set(LABEL_COLUMNS)


def test_typing_runs_nothing_until_it_is_done(parts: dict[str, Handlers]) -> None:
    for name, field in (("map", "pins"), ("pad", "point"), ("channels", "picture_scene")):
        part = parts[name].part
        events = {one.event_name for one in part.triggers if one.__self__ is part.settings[field]}
        assert events == {"submit", "blur"}
        assert field not in part.live


@pytest.mark.parametrize("part", ["walk", "holes", "sums"])
def test_nothing_is_empty_before_the_guess(parts: dict[str, Handlers], part: str) -> None:
    handle = parts[part]
    frame = last(handle.on_run(*raw(handle)))
    for output, value in zip(handle.part.outputs, frame, strict=False):
        shown = data(value)
        if str(output.elem_id).endswith("panels"):
            assert shown["facts"], output.elem_id
            assert shown["stamp"] == "measured now"
        if str(output.elem_id).endswith("charts"):
            assert shown["charts"], output.elem_id


def test_a_caption_that_is_no_scene_is_a_note(parts: dict[str, Handlers], notes: list[str]) -> None:
    handle = parts["sums"]
    last(handle.on_run(*raw(handle, b="a red bicycle")))
    assert len(notes) == 1


CSV = dict.fromkeys((one.name for one in space.PARTS), b"chart,series,") | {"map": b"scene,"}
"""How a table of each part begins."""


@pytest.mark.parametrize("part", [one.name for one in space.PARTS])
def test_every_file_can_be_downloaded(parts: dict[str, Handlers], part: str) -> None:
    handle = parts[part]
    starts = {"PNG": b"\x89PNG", "CSV": CSV[part], "NPZ": b"PK", "GIF": b"GIF8"}
    for index, kind in enumerate(handle.part.downloads):
        made = handle.on_download(*raw(handle), type("Event", (), {"index": index})())
        assert file(made, "file").startswith(starts[kind])
        assert data(made)["name"].lower().endswith(kind.lower())


def test_presets_are_settings_that_there_are(parts: dict[str, Handlers]) -> None:
    for handle in parts.values():
        for preset in handle.presets.values():
            assert set(preset) <= set(handle.part.settings)
            wiring.checked(handle.part.settings, [{**handle.defaults, **preset}[name] for name in handle.part.settings])


def test_without_models_each_part_says_what_it_needs(tmp_path: Path) -> None:
    bare = Services(RUNTIME, open_catalogue(tmp_path, RUNTIME))
    with gr.Blocks() as page:
        assert [one.build(bare) for one in space.PARTS] == [None] * len(space.PARTS)
    said = [block.value for block in page.blocks.values() if isinstance(block, gr.Markdown)]
    assert len(said) == len(space.PARTS)
    assert space_map.scene_vaes(bare) == []
