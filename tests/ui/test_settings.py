"""Settings of a part: whatever a handler is sent becomes values of the right types, or one sentence."""

import math

import gradio as gr
import pytest

from app.core.errors import BadRequest
from app.ui.settings import checked, choices_of, default_of, within


@pytest.fixture(scope="module")
def widgets() -> dict[str, gr.components.Component]:
    return {
        "t": gr.Slider(0, 1000, 300, step=1, label="Step t"),
        "guidance": gr.Slider(0, 12, 3.0, step=0.5, label="Guidance"),
        "seed": gr.Number(7, label="Seed", precision=0, minimum=0, maximum=99),
        "caption": gr.Textbox("a star", label="Caption"),
        "vae": gr.Dropdown([("small", "f8c4"), ("large", "f4c4")], value="f4c4", label="VAE"),
        "fit": gr.Checkbox(True, label="Fit"),
    }


def test_defaults_are_plain_values_of_an_address(widgets) -> None:
    found = {name: default_of(widget) for name, widget in widgets.items()}
    assert found == {"t": 300, "guidance": 3.0, "seed": 7, "caption": "a star", "vae": "f4c4", "fit": 1}
    assert isinstance(found["t"], int)
    assert isinstance(found["guidance"], float)
    assert choices_of(widgets["vae"]) == ["f8c4", "f4c4"]
    assert choices_of(widgets["t"]) is None


def test_what_the_page_sends_is_taken(widgets) -> None:
    found = checked(widgets, [10.0, 2.5, 9, "a cup", "f8c4", False])
    assert found == {"t": 10, "guidance": 2.5, "seed": 9, "caption": "a cup", "vae": "f8c4", "fit": 0}
    assert isinstance(found["t"], int)


def test_an_emptied_box_is_its_default(widgets) -> None:
    assert checked(widgets, [None, "", None, "", None, None]) == {
        "t": 300, "guidance": 3.0, "seed": 7, "caption": "", "vae": "f4c4", "fit": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("t", 1001), ("t", -1), ("t", "many"), ("t", 10**400), ("t", math.nan), ("t", [1]),
        ("guidance", math.inf), ("seed", 1e9), ("caption", "x" * 401), ("vae", "../etc"), ("vae", 3),
    ],
)  # fmt: skip
def test_anything_else_is_a_sentence_that_names_the_widget(widgets, name: str, sent: object) -> None:
    raw = [sent if each == name else default_of(widget) for each, widget in widgets.items()]
    with pytest.raises(BadRequest, match=widgets[name].label) as caught:
        checked(widgets, raw)
    assert caught.value.hint
    assert len(str(caught.value)) < 300


def test_a_range_includes_its_ends(widgets) -> None:
    assert within(widgets["t"], 0)
    assert within(widgets["t"], 1000)
    assert not within(widgets["t"], 1000.5)
