"""What visitors share never depends on who asked first, and what anybody may send changes nothing for others."""

import math
import os
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from torch import Tensor

from app.core.errors import BadRequest
from app.core.runtime import choose_runtime
from app.evaluation.sampling import predictor
from app.labs import prompt_attention
from app.labs.denoise_branch import specs_from_text
from app.labs.generate import GenerateRequest
from app.store.catalogue import Catalogue, open_catalogue
from app.ui.events import sent
from app.ui.services import Services
from app.ui.settings import default_of
from app.ui.tabs import compress_cost
from app.ui.tabs.compress_source import code_picture, judge_for
from app.ui.tabs.encode_source import on_sketch
from app.ui.tabs.pipeline_source import next_seed
from app.ui.tabs.shelf import OWN
from app.ui.widgets.base import as_file

RUNTIME = choose_runtime()


def test_a_link_to_somebodys_own_picture_is_judged_as_the_picture_that_is_shown(catalogue: Catalogue) -> None:
    """Both have the same key among the kept results."""
    linked = {"picture": OWN, "size": "64 pixels", "own": None}
    named = {**linked, "picture": code_picture(linked)[0]}
    assert judge_for(catalogue, named) is not None
    assert judge_for(catalogue, linked) is not None


def test_the_calculator_works_again_after_a_press_that_was_refused(zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[Any] = []
    monkeypatch.setattr(compress_cost, "measure_size", lambda *asked: measured.append(asked) or iter(()))
    with gr.Blocks():
        part = compress_cost.build_cost(Services(RUNTIME, open_catalogue(zoo, RUNTIME)))
    opening = {name: default_of(one) for name, one in part.settings.items()}
    refused = [5000 if name == "height" else value for name, value in opening.items()]
    *_, shown = part.run({**opening, "guess": None, "tests": 0, "press": (1, refused)})
    assert len(shown) == len(part.outputs)
    assert measured == []


def test_a_file_that_somebody_may_be_reading_is_left_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = Path(as_file(b"sheet")["path"])
    os.utime(path, (1, 1))
    before = path.stat().st_ino
    with open(path, "rb") as reading:
        assert as_file(b"sheet")["path"] == str(path)
        assert reading.read() == b"sheet"
    assert path.stat().st_ino == before
    assert path.stat().st_mtime > 1  # as good as new to gradio's clean-up


@pytest.mark.parametrize("data", [None, "text", {}, []])
def test_an_event_without_data_changes_nothing(data: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    notes: list[str] = []
    monkeypatch.setattr("app.ui.tabs.encode_source.show_note", lambda error: notes.append(str(error)))
    event = gr.EventData(None, data)
    assert sent(event, "png") is None
    assert on_sketch(event) == (gr.skip(), gr.skip(), gr.skip())
    assert len(notes) == 1


def test_what_is_no_seed_is_followed_by_the_first() -> None:
    assert [next_seed(seed) for seed in ("abc", math.inf, math.nan, -5, [])] == [1] * 5


@pytest.mark.parametrize("place", [0, 1, 3])
def test_branches_with_numbers_beyond_all_bounds_are_refused_with_a_sentence(place: int) -> None:
    row = ["0", "1", '""', "1.5", "null"]
    row[place] = "1" + 310 * "0"
    with pytest.raises(BadRequest) as refused:
        specs_from_text(f"[[{','.join(row)}]]")
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_the_maps_of_heun_are_those_of_the_first_call_of_each_step(
    catalogue: Catalogue, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heun asks twice a step, at two levels of noise; Euler once, at the first of them."""

    def noted(model: Any, runtime: Any, kept: list[list[Tensor]], words: int) -> Any:
        predict = predictor(model.network, runtime)

        def ask(x: Tensor, t: Tensor, text: Any) -> Tensor:
            kept.append([t[:1].float()[:, None, None]])
            return predict(x, t, text)

        return ask

    monkeypatch.setattr(prompt_attention, "recording", noted)
    model = catalogue.denoiser("generator")
    heun, euler = (
        prompt_attention.attention(model, GenerateRequest("a red star", steps=steps, sampler=name), RUNTIME).maps[0]
        for name in ("heun", "euler")
    )
    assert heun.flatten().tolist() == euler.flatten().tolist()
