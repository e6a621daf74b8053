"""The calculator and the race of the Compress tab without a browser: what is measured anew, and what is sent again."""

import json
from collections.abc import Generator, Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from app.core.runtime import choose_runtime
from app.evaluation.cost import Cost
from app.evaluation.dry_run import DryRun
from app.figures.compress_race import LEADS
from app.labs import compress_race as lab
from app.labs.compress_cost import CostRequest, Estimate, Speed
from app.labs.compress_measure import MeasuredSize
from app.store.catalogue import open_catalogue
from app.ui.part import Part, Progress
from app.ui.services import Services
from app.ui.settings import default_of
from app.ui.tabs import compress_cost, compress_race
from tests.labs.small_race import use_small_recipes

RUNTIME = choose_runtime("cpu", "float32")


@pytest.fixture
def services(zoo: Path) -> Services:
    return Services(RUNTIME, open_catalogue(zoo, RUNTIME))


@pytest.fixture
def tests_run(monkeypatch: pytest.MonkeyPatch) -> list[Speed]:
    """Every self-test that was run; the n-th finds a waiting time of n seconds."""
    found: list[Speed] = []

    def test(_: Any) -> Generator[float, None, Speed]:
        yield 0.5
        found.append(Speed(float(len(found) + 1), 1e9, 1e9))
        return found[-1]

    monkeypatch.setattr(compress_cost, "self_test_steps", test)
    return found


@pytest.fixture
def sizes_measured(monkeypatch: pytest.MonkeyPatch) -> list[CostRequest]:
    """Every size that was measured; nothing is counted and nothing is run for it."""
    made: list[CostRequest] = []

    def counted(request: CostRequest, *_: Any) -> Estimate:
        step, decode = DryRun(30, 40), DryRun(10, 20)
        return Estimate(request, request.height, request.width, 100, step, decode, 1.0, 0.5)

    def factors(request: CostRequest, *_: Any) -> Generator[float, None, tuple[Estimate, ...]]:
        yield 1.0
        return (counted(request),)

    def measure(found: Estimate, _: Any) -> Generator[float, None, MeasuredSize]:
        yield 0.5
        made.append(found.request)
        return MeasuredSize(None, Cost(0.25, 30, 40), None, Cost(1.5, 30, 40))

    for name, instead in (("estimate", counted), ("factor_steps", factors), ("measure_size", measure)):
        monkeypatch.setattr(compress_cost, name, instead)
    return made


def opening(part: Part, **changes: Any) -> dict[str, Any]:
    return (
        {name: default_of(one) for name, one in part.settings.items()}
        | {"guess": None, "tests": 0, "press": None}
        | changes
    )


def test_a_press_measures_anew_for_every_visitor_and_everybody_else_takes_what_is_known(
    services: Services, tests_run: list[Speed]
) -> None:
    with gr.Blocks() as page:
        part = compress_cost.build_cost(services)
    view = compress_cost.Calculator(services, dict(part.settings))
    first = view.speed(opening(part))
    assert view.speed(opening(part, height=128)) is first
    clicks = [fn for fn in page.fns.values() if any(event == "click" for _, event in fn.targets)]
    [press] = [fn.fn for fn in clicks if not fn.inputs]
    assert press is not None
    one, other = press(), press()
    assert view.speed(opening(part, tests=one)).wait == 2.0
    assert view.speed(opening(part, tests=other)).wait == 3.0
    assert view.speed(opening(part, tests=one)).wait == 2.0
    assert len(tests_run) == 3


def test_a_size_is_measured_for_the_settings_of_its_press_and_once(
    services: Services, tests_run: list[Speed], sizes_measured: list[CostRequest]
) -> None:
    with gr.Blocks() as page:
        part = compress_cost.build_cost(services)
    [press] = [
        fn.fn for fn in page.fns.values() if len(fn.inputs) == len(part.settings) and fn.targets[0][1] == "click"
    ]
    small = {"height": 64, "width": 64, "steps": 2}
    sent = [opening(part, **small)[name] for name in part.settings]

    def shown(**changes: Any) -> str:
        frames = [frame for frame in part.run(opening(part, **changes)) if not isinstance(frame, Progress)]
        return str(frames[-1][1]["data"])

    pressed = press(*sent)
    assert "not yet" in shown(**small)
    assert "A training step" in shown(**small, press=pressed)
    assert "A training step" in shown(**small, press=pressed)
    assert len(sizes_measured) == 1
    assert "not yet" in shown(**small | {"width": 128}, press=pressed)
    assert "A training step" in shown(**small, press=press(*sent))
    assert sizes_measured == [CostRequest(**small)] * 2


def test_every_number_of_the_calculator_counts_as_it_is_typed(services: Services) -> None:
    with gr.Blocks():
        part = compress_cost.build_cost(services)
    assert set(part.live) == set(part.settings)


def test_a_race_sends_what_stands_beside_the_watches_at_its_start_and_end(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_recipes(monkeypatch)
    monkeypatch.setattr(compress_race, "EVERY", 0.0)
    with gr.Blocks() as page:
        part = compress_race.build_race(services)
    helps = [block for block in page.blocks.values() if block.elem_id == "compress-race-caption-help"]
    assert len(helps) == 1
    made = part.run(opening(part, steps=3, guess=next(iter(LEADS))))
    assert isinstance(made, Iterator)
    frames = [frame for frame in made if not isinstance(frame, Progress)]
    sent = [(facts != gr.skip(), lanes != gr.skip(), chart != gr.skip()) for facts, lanes, chart in frames]
    assert len(sent) > 3
    assert sent == [(True,) * 3, *[(False, True, False)] * (len(sent) - 2), (True,) * 3]
    names = [[fact["name"] for fact in json.loads(frames[at][0]["data"])["facts"]] for at in (0, -1)]
    assert "Your guess" not in names[0]
    assert names[1][-1] == "Your guess"


def test_races_of_two_visitors_and_one_that_was_stopped_do_not_mix(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_recipes(monkeypatch)
    monkeypatch.setattr(compress_race, "EVERY", 0.0)
    monkeypatch.setattr(lab, "is_trained", lambda *_: True)  # so that what the fresh networks draw is shown
    monkeypatch.setattr(lab, "runner", lambda _, name, runtime: lab.fresh_runner(name, runtime))
    with gr.Blocks():
        part = compress_race.build_race(services)

    def race(seed: int) -> Iterator[Any]:
        values = opening(part, steps=3, seed=seed, guess=next(iter(LEADS)))
        return (frame for frame in part.run(values) if not isinstance(frame, Progress))

    def drawn(frame: Any) -> list[str]:
        return [lane["src"] for lane in json.loads(frame[1]["data"])["lanes"]]

    alone = {seed: drawn(list(race(seed))[-1]) for seed in (1, 2)}
    assert all(alone[1])
    assert alone[1] != alone[2]
    stopped = race(1)
    for _ in range(3):
        next(stopped)
    together = list(zip_longest(race(1), race(2)))
    stopped.close()
    for at, seed in enumerate((1, 2)):
        assert drawn([pair[at] for pair in together if pair[at]][-1]) == alone[seed]
