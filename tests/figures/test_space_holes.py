"""Whose draws are nearest to scenes is said with what so few draws cannot tell apart; the same for paths of a walk."""

from pathlib import Path

import torch

from app.core.runtime import choose_runtime
from app.figures.space_holes import holes_chart, holes_facts
from app.figures.space_walk import PATH_TITLES, walk_facts
from app.labs.latent_holes import Holes, HolesRequest, decode_holes
from app.labs.latent_paths import Score
from app.store.catalogue import open_catalogue
from tests.checkpoints import make_zoo

PICTURES, Z = torch.zeros(2, 4, 3, 8, 8), torch.zeros(2, 4, 4, 2, 2)


def holes(vae: str, away: float, error: float, *, measured: bool = False) -> Holes:
    request = HolesRequest((0.0, 1.0), 4, measured=measured)
    return Holes(vae, request, PICTURES, Z, (9.0, away), (0.0, error))


def test_a_winner_whose_interval_is_reached_by_another_is_said_to_be_no_safe_one() -> None:
    close = holes_facts([holes("a", 3.0, 0.5), holes("b", 4.0, 0.6), holes("c", 9.0, 1.0)], {}, "a")
    assert close[1].note == "as you guessed; but 4 draws cannot tell it from b"
    clear = holes_facts([holes("a", 3.0, 0.5), holes("b", 5.0, 0.6)], {}, "b")
    assert (clear[1].value, clear[1].note) == ("a", "not as you guessed")
    assert clear[2].value == "3.0 ± 0.5"


def test_the_chart_has_bands_and_says_whose_spread_s_is() -> None:
    chart = holes_chart([holes("a", 3.0, 4.0)], {})
    assert chart.series[0].low == (9.0, 0.0)
    assert chart.series[0].high == (9.0, 7.0)
    assert "the prior promises" in chart.note
    assert "the prior promises" not in holes_chart([holes("a", 3.0, 4.0, measured=True)], {}).note


def test_the_interval_is_that_of_the_mean_over_the_draws(tmp_path: Path, monkeypatch) -> None:
    runtime = choose_runtime()
    catalogue = open_catalogue(make_zoo(tmp_path), runtime)
    monkeypatch.setattr("app.labs.latent_holes.distance_to_scenes", lambda *_: (1.0, 2.0, 3.0, 6.0))
    steps = decode_holes(catalogue.vae("f4c4"), catalogue.judge(), (), HolesRequest((1.0,), 4), runtime)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found = end.value
            break
    assert found.away == (3.0,)
    assert abs(found.error[0] - 3.182 * 2.160247 / 2) < 1e-3  # Student, 3 degrees; the deviation of 1, 2, 3, 6


def test_of_two_paths_that_are_nearly_as_good_both_are_named() -> None:
    first, second, *_ = PATH_TITLES
    facts = walk_facts([Score(first, (), 1.0, 2.0, 1.0), Score(second, (), 1.0, 2.1, 1.0)], PATH_TITLES[first][0])
    assert f"as you guessed, and {PATH_TITLES[second][0].lower()} about as well" in facts[1].note
    facts = walk_facts([Score(first, (), 1.0, 2.0, 1.0), Score(second, (), 1.0, 2.3, 1.0)], PATH_TITLES[first][0])
    assert facts[1].note.endswith("between these two: as you guessed")
