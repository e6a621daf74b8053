"""Links: they restore exactly what they were made of, and nonsense opens the default with a sentence."""

from urllib.parse import parse_qsl

import pytest

from app.ui.links import View, from_query, to_query

DEFAULTS = {"caption": "a red star", "seed": 7, "guidance": 3.0, "sampler": "ddim"}
CHOICES = {"sampler": ["ddim", "ddpm"]}


def read(query: str) -> dict[str, str]:
    return dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))


@pytest.mark.parametrize(
    "settings",
    [
        DEFAULTS,
        {"caption": "ein Stern & 100 %? <b>", "seed": 0, "guidance": 0.0, "sampler": "ddpm"},
        {"caption": "", "seed": 2**31 - 1, "guidance": 7.123456789, "sampler": "ddim"},
    ],
)
def test_a_link_restores_the_settings_exactly(settings):
    view = View("pipeline", settings)
    assert from_query(read(to_query(view, DEFAULTS)), "pipeline", DEFAULTS, CHOICES) == view


def test_a_link_says_only_what_differs():
    assert to_query(View("pipeline", DEFAULTS | {"seed": 8}), DEFAULTS) == "?tab=pipeline&seed=8"


def test_an_address_of_another_tab_asks_for_nothing():
    assert from_query({"tab": "encode", "seed": "9"}, "pipeline", DEFAULTS, CHOICES) == View("pipeline", DEFAULTS)
    assert from_query({}, "pipeline", DEFAULTS, CHOICES) == View("pipeline", DEFAULTS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seed": "x"},
        {"seed": "1.5"},
        {"guidance": "nan"},
        {"guidance": "inf"},
        {"hack": "1"},
        {"sampler": "x"},
        {"caption": "a" * 401},
    ],
)
def test_nonsense_opens_the_default_with_a_sentence(wrong):
    view = from_query({"tab": "pipeline"} | wrong, "pipeline", DEFAULTS, CHOICES)
    assert view.settings == DEFAULTS
    assert view.problem.endswith(".")


def test_gradios_own_parameters_are_left_alone():
    assert from_query({"tab": "pipeline", "__theme": "dark"}, "pipeline", DEFAULTS, CHOICES) == View(
        "pipeline", DEFAULTS
    )
