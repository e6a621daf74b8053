"""Links inside the page lead to parts that exist, with settings that these parts have."""

from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest

from app.core.randomness import MOST_SEED
from app.labs.gallery import NAMES
from app.ui import layout
from app.ui.build import build_demo
from app.ui.links import from_query
from app.ui.part import Part
from app.ui.settings import choices_of, default_of, within
from app.ui.tabs.pipeline_own import pass_doors
from app.ui.tabs.pipeline_source import FROM_NOISE, GALLERY, OPENING, doors_of
from app.ui.tabs.shelf import OWN
from app.ui.tabs.space_map import walk_between

VALUES = {name: getattr(OPENING, name) for name in ("caption", "seed", "steps", "guidance", "sampler")} | {
    "model": "generator",
    "picture": NAMES[2],
    "strength": 0.7,
}
VIEWS = {
    "as it opens": {},
    "all else": {"caption": "a red star", "seed": 41, "steps": 7, "guidance": 4.5, "sampler": "heun", "strength": 0.35},
    "the most that all take": {"seed": MOST_SEED - 100, "steps": 50, "strength": 1.0},
    "just over it": {"seed": MOST_SEED - 99, "steps": 51},
    "the most": {"seed": MOST_SEED, "steps": 100, "guidance": 12.0},
    "the least that all take": {"strength": 0.05},
    "the least": {"caption": "", "seed": 0, "steps": 1, "guidance": 0.0, "strength": 0.0},
}
RENAMED = {"own_strength": "strength"}
"""Settings that the part behind a door calls otherwise: by its name, ours."""


@pytest.fixture(scope="module")
def page(zoo: Path) -> tuple[dict[str, Part], list[tuple[Part, str, dict]]]:
    """All parts of the page by their ids, and all presets as (part, title, settings)."""
    parts: dict[str, Part] = {}
    presets: list[tuple[Part, str, dict]] = []

    def note(part: Part, offered, *rest) -> None:
        parts[part.id] = part
        presets.extend((part, title, dict(settings)) for title, settings in offered.items())
        connect(part, offered, *rest)

    connect = layout.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LATENT_LAB_CHECKPOINTS", str(zoo))
        patch.setattr(layout, "connect", note)
        build_demo()
    return parts, presets


def problem_of(parts: dict[str, Part], address: str) -> str:
    """What a part would say to an address; '' if it opens as asked."""
    query = dict(parse_qsl(address.removeprefix("?"), keep_blank_values=True))
    part = parts[f"{query['tab']}-{query.pop('part')}"]
    defaults = {name: default_of(one) for name, one in part.settings.items()}
    choices = {name: known for name, one in part.settings.items() if (known := choices_of(one)) is not None}
    view = from_query(query, part.tab, defaults, choices)
    outside = [name for name, value in view.settings.items() if not within(part.settings[name], value)]
    return view.problem or ", ".join(outside)


def test_every_station_of_the_ribbon_leads_to_a_part_that_takes_its_settings(page) -> None:
    parts, _ = page
    stations = doors_of(VALUES, "f8c4")
    assert {name: problem_of(parts, station.opens) for name, station in stations.items()} == dict.fromkeys(stations, "")
    for name in ("words", "text", "features", "film", "picture"):
        assert urlencode({"caption": OPENING.caption, "seed": OPENING.seed}) in stations[name].opens
    for name in ("end", "decode"):
        assert "vae=f8c4" in stations[name].opens
    assert not {"end", "decode"} & set(doors_of(VALUES, ""))  # a model of pixels has no latent to look at


def test_the_way_of_a_picture_leads_to_parts_that_take_its_settings(page) -> None:
    parts, _ = page
    stations, own = (pass_doors("f8c4", {**VALUES, "picture": picture}) for picture in (NAMES[2], OWN))
    for doors in (stations, own):
        assert {name: problem_of(parts, one.opens) for name, one in doors.items()} == dict.fromkeys(doors, "")
    handed = {name for name, one in stations.items() if urlencode({"picture": NAMES[2]}) in one.opens}
    assert handed == {"input", "encode", "posterior", "latent", "noise", "decode", "picture"}
    assert all("&picture=" not in one.opens for one in own.values())
    assert {name for name, one in own.items() if GALLERY in one.says} == handed
    drawn = [name for name in handed if urlencode({"seed": OPENING.seed}) in stations[name].opens]
    assert set(drawn) == handed - {"input", "encode"}  # these two show no draw
    assert {name for name, one in stations.items() if FROM_NOISE in one.says} == {"film"}


def handed_on(address: str) -> dict[str, str]:
    """The settings in the address of a door."""
    query = dict(parse_qsl(address.removeprefix("?"), keep_blank_values=True))
    return {name: text for name, text in query.items() if name not in ("tab", "part")}


def in_common(parts: dict[str, Part], source: Part, address: str, values: dict) -> dict[str, str]:
    """What the part behind a door has of the settings of a view, as far as it can be set to it there."""
    query = dict(parse_qsl(address.removeprefix("?")))
    target = parts[f"{query['tab']}-{query['part']}"].settings
    known = {name: values[name] for name in ("vae", *source.settings) if name in values}
    if known.get("picture") == OWN:  # no address can hold it
        del known["picture"]
    named = {name: known[ours] for name in target if (ours := RENAMED.get(name, name)) in known}
    return {name: str(value) for name, value in named.items() if within(target[name], value)}


@pytest.mark.parametrize("view", VIEWS)
def test_a_door_hands_on_every_setting_that_the_part_behind_it_has(page, view: str) -> None:
    parts, _ = page
    for model, vae in {"generator": "f4c4", "of pixels": ""}.items():
        values = {**VALUES, **VIEWS[view], "model": model, **({"vae": vae} if vae else {})}
        ways = [("walk", values, doors_of(values, vae))]
        if vae:
            ways += [("own", on, pass_doors(vae, on)) for on in (values, {**values, "picture": OWN})]
        for way, on, doors in ways:
            source, asked = parts[f"pipeline-{way}"], {name: handed_on(one.opens) for name, one in doors.items()}
            assert asked == {name: in_common(parts, source, one.opens, on) for name, one in doors.items()}
            assert {name: problem_of(parts, one.opens) for name, one in doors.items()} == dict.fromkeys(doors, "")


def test_two_pins_of_the_map_lead_to_a_walk_between_them(page) -> None:
    assert problem_of(page[0], walk_between(3, 1999)) == ""


def test_an_address_that_asks_for_what_a_part_has_not_is_noticed(page) -> None:
    assert problem_of(page[0], "?tab=prompt&part=sweep&nonsense=3") != ""
    assert problem_of(page[0], "?tab=denoise&part=run&steps=100000") == "steps"


def test_every_preset_sets_what_its_part_has_to_what_it_can_be(page) -> None:
    parts, presets = page
    assert len(presets) > len(parts)
    asked = {
        (part.id, title): f"?{urlencode({'tab': part.tab, 'part': part.name, **wanted})}"
        for part, title, wanted in presets
    }
    assert {name: problem_of(parts, address) for name, address in asked.items()} == dict.fromkeys(asked, "")
