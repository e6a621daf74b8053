"""The race and the calculator: watches add up, what is not trained shows nothing, counts are those of the library."""

from collections.abc import Callable, Iterator
from dataclasses import astuple
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from app.core.errors import BadRequest, UnknownWord
from app.diffusion.samplers.base import SamplerState
from app.evaluation.cost import count_operations
from app.evaluation.cost_at_size import Size, decode_cost, network_call_cost
from app.evaluation.dry_run import dry_decode, dry_step
from app.evaluation.sampling import decode_samples, sample
from app.labs import compress_cost, compress_race
from app.labs.compress_cost import CostRequest, Speed, _timed, compare_factors, estimate, self_test
from app.labs.compress_race import Lane, RaceRequest, fresh_runner, is_trained, race_config, run_race, step_cost
from app.labs.compress_spot import read_spots
from app.models import VAEConfig
from app.store.catalogue import Catalogue, open_catalogue
from tests.checkpoints import RUNTIME, make_checkpoint, make_vae, make_zoo
from tests.labs.small_race import small_recipes, use_small_recipes

STEP, DECODING = 0.25, 8.0
"""Seconds that a step and a decoding take on the clock of a test."""
SPEED = Speed(wait=0.001, step_rate=1e9, decode_rate=2e9)


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        use_small_recipes(patch)
        yield
    fresh_runner.cache_clear()


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Pixels and f8c4 have their trained denoiser, f4c4 has not."""
    root = make_zoo(tmp_path_factory.mktemp("zoo"))
    vae = make_vae(root, "f8c4", 8, 4)
    recipes = small_recipes()
    make_checkpoint(root, "race_pixels", "denoiser", recipes["race_pixels"].model)
    make_checkpoint(root, "race_f8c4", "denoiser", recipes["race_f8c4"].model,
                    partner="f8c4", partner_sha256=vae.latents_sha256, metrics=graded(0.6))  # fmt: skip
    return open_catalogue(root, RUNTIME)


def graded(rate: float) -> dict[str, object]:
    every = {"rate": rate, "low": rate - 0.1, "high": rate + 0.1, "n": 50}
    return {"one_thing": {"all_attributes": every}, "cost": {"guided_step_ms": 7.5}}


@pytest.fixture(scope="module")
def race(catalogue: Catalogue) -> list[tuple[Lane, Lane]]:
    return list(run_race(catalogue, RaceRequest(steps=3), RUNTIME))


def test_both_lanes_run_all_their_steps_and_no_watch_goes_back(race: list[tuple[Lane, Lane]]) -> None:
    assert len(race) == 1 + 2 * 3
    assert [lane.done for lane in race[-1]] == [3, 3]
    assert all(lane.finished for lane in race[-1])
    assert race[0][0].seconds == race[0][1].seconds == 0
    for before, after in pairwise(race):
        moved = [b.done - a.done for a, b in zip(before, after, strict=True)]
        assert sorted(moved) == [0, 1]
        runner = moved.index(1)
        assert before[runner].seconds < after[runner].seconds
        assert before[1 - runner] is after[1 - runner]
        assert before[1 - runner].finished or before[runner].seconds <= before[1 - runner].seconds


class Clock:
    """In place of the module `time`: nothing takes any time but what is said here."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


def test_only_the_last_decoding_is_on_the_watch(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    """And neither the warm-up nor the previews."""
    clock = Clock()

    def decode(*args: Any) -> torch.Tensor:
        clock.now += DECODING
        return decode_samples(*args)

    def steps(*args: Any) -> Iterator[SamplerState]:
        for state in sample(*args):
            clock.now += STEP
            yield state

    for name, instead in (("time", clock), ("decode_samples", decode), ("sample", steps)):
        monkeypatch.setattr(compress_race, name, instead)
    *_, lanes = run_race(catalogue, RaceRequest(steps=2), RUNTIME)
    assert [lane.decode_seconds for lane in lanes] == [DECODING, DECODING]
    assert [lane.seconds for lane in lanes] == [2 * STEP + DECODING] * 2


def test_a_trained_lane_ends_with_its_sample(catalogue: Catalogue, race: list[tuple[Lane, Lane]]) -> None:
    request = RaceRequest(steps=3)
    for index, name in enumerate(("race_pixels", "race_f8c4")):
        model = catalogue.denoiser(name)
        *_, state = sample(model, [request.caption], [request.seed], request.options, RUNTIME)
        wanted = decode_samples(model, state.x, RUNTIME).clamp(-1, 1)
        assert torch.equal(race[-1][index].picture, wanted)


def test_what_is_not_trained_races_and_shows_nothing(catalogue: Catalogue) -> None:
    assert not is_trained(catalogue, "f4c4")
    *_, (pixels, latents) = run_race(catalogue, RaceRequest("f4c4", steps=1), RUNTIME)
    assert pixels.picture is not None
    assert latents.picture is None
    assert latents.finished


def test_costs_are_counted_from_shapes_as_the_counter_counts_a_call() -> None:
    config, vae = race_config("f8c4"), VAEConfig(8, 4, widths=(8, 8, 8))
    for side in (8, 16):
        real = network_call_cost(config, Size(side, side, 2), RUNTIME, repeats=1)
        dry = dry_step(config, Size(side, side, 2), torch.float32)
        assert dry.operations == pytest.approx(real.operations, rel=0.05)
    real = decode_cost(vae, Size(256, 256), RUNTIME, repeats=1)
    dry = dry_decode(vae, Size(256, 256), torch.float32)
    assert dry.operations == real.operations
    assert dry.peak_bytes == pytest.approx(real.peak_bytes, rel=0.25)


def test_memory_follows_the_number_of_cells_and_the_number_format() -> None:
    config = race_config("f4c4")
    small, large = (dry_step(config, Size(side, side), torch.float32).peak_bytes for side in (32, 64))
    assert large == pytest.approx(4 * small, rel=0.1)
    assert dry_step(config, Size(64, 64), torch.bfloat16).peak_bytes == pytest.approx(large / 2, rel=0.1)


def test_pixels_cost_more_steps_and_no_decoder() -> None:
    pixels, latents = step_cost("pixels", RUNTIME), step_cost("f8c4", RUNTIME)
    assert pixels.decode_operations == 0 < latents.decode_operations
    assert pixels.values == 48 * latents.values
    assert pixels.step_operations > 20 * latents.step_operations


@pytest.mark.parametrize("wrong", [{"rung": "f3c4"}, {"steps": 0}, {"seed": -1}, {"guidance": float("nan")}])
def test_a_race_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        RaceRequest(**wrong)


def test_an_unknown_word_is_named(catalogue: Catalogue) -> None:
    with pytest.raises(UnknownWord):
        next(run_race(catalogue, RaceRequest(caption="a zebra", steps=1), RUNTIME))


def test_an_estimate_adds_up() -> None:
    found = estimate(CostRequest(128, 256, 8, 4, steps=10, guidance=3.0), SPEED, RUNTIME)
    assert (found.values_in, found.values) == (3 * 128 * 256, 4 * 16 * 32)
    assert found.operations == 10 * found.step.operations + found.decode.operations
    assert found.seconds == pytest.approx(10 * (0.001 + found.step.operations / 1e9) + found.decode.operations / 2e9)
    alone = estimate(CostRequest(128, 256, 8, 4, steps=10, guidance=1.0), SPEED, RUNTIME)
    assert alone.step.operations == pytest.approx(found.step.operations / 2, rel=0.01)


def test_sizes_are_rounded_up_to_what_networks_can_halve() -> None:
    found = estimate(CostRequest(100, 65, 8), SPEED, RUNTIME)
    assert (found.height, found.width) == (128, 96)
    assert estimate(CostRequest(1, 1, 16, steps=1), SPEED, RUNTIME).values == 4 * 4 * 4


def test_every_f_is_compared_and_each_is_cheaper_than_the_one_before() -> None:
    rows = compare_factors(CostRequest(256, 256, steps=5), SPEED, RUNTIME)
    assert [row.request.f for row in rows] == [1, 2, 4, 8, 16]
    assert all(a.step.operations > b.step.operations for a, b in pairwise(rows))
    assert rows[0].values == rows[0].values_in


@pytest.mark.parametrize(
    "wrong", [{"f": 3}, {"height": 0}, {"width": 10**6}, {"c": 0}, {"steps": 10**9}, {"guidance": float("inf")}]
)
def test_costs_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        CostRequest(**wrong)


@pytest.mark.parametrize(("quick", "slow"), [(3.0, 5.0), (5.0, 3.0)])
def test_the_self_test_makes_speeds_of_what_it_times(
    monkeypatch: pytest.MonkeyPatch, quick: float, slow: float
) -> None:
    """The small step, the large one and the decoding; were the large one quicker, there is no telling a wait."""
    took, allowed = iter([quick, slow, 10.0]), []

    def timed(call: Callable[[], object], seconds: float) -> float:
        call()
        allowed.append(seconds)
        return next(took)

    monkeypatch.setattr(compress_cost, "_timed", timed)
    speed = self_test(RUNTIME, seconds=0.75)
    small, large = (
        dry_step(race_config(name), Size(side, side, 2), torch.float32).operations
        for name, side in (("f8c4", 8), ("f2c4", 32))
    )
    decoded = dry_decode(small_recipes()["f8c4"].model, Size(64, 64), torch.float32).operations
    rate = (large - small) / (slow - quick) if slow > quick else large / slow
    assert astuple(speed) == pytest.approx((quick - small / rate, rate, decoded / 10.0))
    assert speed.wait > 0
    assert allowed == [0.25] * 3


def test_a_call_is_timed_after_a_first_one_three_times_and_for_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, took = Clock(), iter([9.0, 1.0, 3.0, 2.0, 9.0, 1.0, 5.0, 1.0, 5.0, 4.0])

    def call() -> None:
        clock.now += next(took)

    monkeypatch.setattr(compress_cost, "time", clock)
    assert _timed(call, 0.5) == 2.0
    assert _timed(call, 12.5) == 4.0


def test_the_counter_and_the_dry_run_agree_on_a_product() -> None:
    a = torch.ones(8, 8)
    assert count_operations(lambda: a @ a) == 2 * 8**3


def test_spots_are_what_the_cards_say(catalogue: Catalogue) -> None:
    result = read_spots(catalogue)
    spot = result.find("race_f8c4")
    assert spot is not None
    assert (spot.drawn, spot.low, spot.high, spot.n, spot.step_ms) == (0.6, 0.5, 0.7, 50, 7.5)
    assert (spot.vae, spot.values, spot.reduction, spot.raced) == ("f8c4", 256, 48.0, True)
    assert result.find("generator") is not None
    assert result.find("race_pixels").values == 12_288
    assert "f4c4" in result.missing
    assert "f8c4" not in result.missing
    assert result.best is None  # only one raced denoiser has a figure


@pytest.mark.parametrize(("other", "rivals"), [(0.4, []), (0.55, ["race_f8c4"])])
def test_the_best_of_several_is_named_and_who_may_be_as_good(tmp_path: Path, other: float, rivals: list[str]) -> None:
    """Intervals reach 0.1 to each side."""
    recipes = small_recipes()
    for name, rate in (("f8c4", other), ("f16c4", 0.7)):
        vae = make_vae(tmp_path, name, int(name[1:-2]), 4)
        make_checkpoint(tmp_path, f"race_{name}", "denoiser", recipes[f"race_{name}"].model,
                        partner=name, partner_sha256=vae.latents_sha256, metrics=graded(rate))  # fmt: skip
    result = read_spots(open_catalogue(tmp_path, RUNTIME))
    assert result.best is not None
    assert result.best.name == "race_f16c4"
    assert [spot.name for spot in result.rivals] == rivals


def test_only_what_differs_in_what_it_diffuses_alone_is_raced(tmp_path: Path) -> None:
    """A denoiser of the race's design with another target draws best here, and is still not called the best."""
    model, vae = small_recipes()["race_f8c4"].model, make_vae(tmp_path, "f8c4", 8, 4)
    for name, rate in (("race_f8c4", 0.4), ("race_x0", 0.9)):
        make_checkpoint(tmp_path, name, "denoiser", model, partner="f8c4", partner_sha256=vae.latents_sha256,
                        metrics=graded(rate))  # fmt: skip
    make_vae(tmp_path, "f8c16", 8, 16)
    result = read_spots(open_catalogue(tmp_path, RUNTIME))
    assert [spot.name for spot in result.spots if spot.raced] == ["race_f8c4"]
    assert result.missing == ("f2c4", "f4c4", "f16c4")


@pytest.mark.parametrize("after", range(6))
def test_a_race_can_be_stopped_after_every_step_and_the_next_one_is_whole(catalogue: Catalogue, after: int) -> None:
    stopped = run_race(catalogue, RaceRequest(steps=2), RUNTIME)
    for _ in range(after):
        next(stopped, None)
    stopped.close()
    *_, lanes = run_race(catalogue, RaceRequest(steps=2), RUNTIME)
    assert [lane.done for lane in lanes] == [2, 2]
