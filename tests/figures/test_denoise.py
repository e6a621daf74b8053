"""Figures of the Denoise lab, from drawn numbers: tiles stand where they belong, and facts say what was measured."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from app.core.pictures import to_bytes
from app.core.randomness import make_generator, normal
from app.data.scenes import LABEL_COLUMNS
from app.diffusion.schedule import SCHEDULES
from app.figures.denoise import (
    TILE,
    film_sheet,
    guidance_chart,
    run_facts,
    run_film,
    run_moments,
    sample_tiles,
    schedule_charts,
    share,
)
from app.figures.denoise_experiments import decide_chart, decide_facts, timeline_rows, tree_rows, tree_sheet
from app.figures.denoise_measures import quality_charts, quality_facts, scale_charts, scale_facts, scale_groups
from app.figures.maps import channel_mosaic
from app.figures.parts import MEASURED_NOW, WITH_CHECKPOINT
from app.figures.pipeline import LIMIT
from app.labs.denoise import DenoiseRequest, DenoiseResult
from app.labs.denoise_branch import BranchSpec, Node, Tree
from app.labs.denoise_decide import DecideRequest, DecideResult, wanted_of
from app.labs.denoise_quality import QualityPoint, StepsTable
from app.labs.denoise_scale import ScaleRequest, ScaleResult

CAPTION = "a small red star at the top left on a blue background"


def drawn(*shape: int) -> Tensor:
    return normal(shape, make_generator("figures", *shape))


def a_run(steps: int = 3, c: int = 4) -> DenoiseResult:
    m = steps + 1
    pictures = drawn(m, 3, 64, 64).clamp(-1, 1)
    return DenoiseResult(
        DenoiseRequest(CAPTION, steps=steps), "v", True, tuple(range(m))[::-1], tuple(k / steps for k in range(m)),
        drawn(m, c, 16, 16), drawn(m, c, 16, 16) / 2, drawn(m, c, 16, 16) / 3, drawn(steps, c, 16, 16),
        torch.zeros(steps, c, 16, 16), pictures, -pictures, (0.5, 0.25),
    )  # fmt: skip


def tile_at(sheet: np.ndarray, row: int, column: int) -> np.ndarray:
    return sheet[row * TILE : (row + 1) * TILE, column * TILE : (column + 1) * TILE]


def test_every_tile_of_a_run_stands_in_its_place() -> None:
    run = a_run()
    sheet, views, moments = run_film([run, run])
    pixels = np.asarray(sheet)
    assert pixels.shape == (4 * TILE, 8 * TILE, 3)
    assert len(views) == 8
    assert [place for place, _ in moments] == [f"step {k} of 3" for k in range(4)]
    assert np.array_equal(tile_at(pixels, 2, 2), to_bytes(run.decoded[2]).transpose(1, 2, 0))
    assert np.array_equal(tile_at(pixels, 1, 7), to_bytes(run.decoded_x[1]).transpose(1, 2, 0))
    mosaic = np.asarray(channel_mosaic(run.eps[1], LIMIT))
    assert np.array_equal(tile_at(pixels, 1, 1)[::2, ::2], mosaic)


@pytest.mark.parametrize("c", [1, 3, 4, 16])
def test_channels_lie_in_a_square_and_what_is_not_finite_is_zero(c: int) -> None:
    samples = drawn(2, c, 8, 8)
    samples[0, 0, 0, 0] = torch.nan
    tiles = sample_tiles(samples, True)
    assert tiles.shape == (2, TILE, TILE, 3)
    rows = int(np.ceil(np.sqrt(c)))
    if c != 3:
        step = TILE // (rows * 8)
        assert np.array_equal(tiles[1][::step, ::step], np.asarray(channel_mosaic(samples[1], LIMIT)))


def test_a_sheet_is_a_row_a_moment() -> None:
    a, b = np.full((2, TILE, TILE, 3), 7, np.uint8), np.zeros((2, TILE, TILE, 3), np.uint8)
    b[1] = 9
    pixels = np.asarray(film_sheet([a, b]))
    assert [int(tile_at(pixels, r, c).mean()) for r in (0, 1) for c in (0, 1)] == [7, 0, 7, 9]


def test_shares_of_power_are_readable() -> None:
    assert [share(s) for s in (0.734, 0.052, 2e-9)] == ["73%", "5.2%", "2e-09"]


def test_curves_are_the_schedules_and_the_chosen_one_is_first() -> None:
    left, ratio = schedule_charts("linear")
    assert left.series[0].name == "linear"
    assert {one.name for one in ratio.series} == set(SCHEDULES)
    alpha = SCHEDULES["linear"]().alpha_bar
    line = ratio.series[0]
    assert line.y[0] == pytest.approx(float(alpha[int(line.x[0])] / (1 - alpha[int(line.x[0])])))


@pytest.mark.parametrize(("caption", "weight", "said"), [
    (CAPTION, 3.0, "from the caption:"), (CAPTION, 0.0, "Without a caption"), (" ", 3.0, "Without a caption"),
])  # fmt: skip
def test_the_first_moment_says_what_the_prediction_is_made_of(caption: str, weight: float, said: str) -> None:
    run = replace(a_run(), request=DenoiseRequest(caption, steps=3, guidance=weight))
    first, *rest = (saying for _, saying in run_moments(run))
    assert said in first
    assert not any("caption" in saying for saying in rest)


def test_the_caption_pulls_as_far_as_the_answers_differ() -> None:
    run = a_run()
    chart = guidance_chart([run])
    assert chart is not None
    assert run.cond is not None
    assert chart.series[0].y[1] == pytest.approx(float(run.cond[1].square().mean().sqrt()))
    assert "0.50 s" in run_facts([run])[0].value


def a_decision() -> DecideResult:
    """Two runs, four moments: colour is decided after 2 and 0, texture after 3 and 3, place at once."""
    read = np.zeros((4, 2, len(LABEL_COLUMNS)), np.int64)
    read[:, :, [n for n, name in enumerate(LABEL_COLUMNS) if name.endswith("_b")]] = -1
    read[:2, 0, LABEL_COLUMNS.index("colour_a")] = 3
    read[:3, :, LABEL_COLUMNS.index("texture_a")] = 1
    signal = (0.0, 0.2, 0.5, 1.0)
    return DecideResult(
        DecideRequest(DenoiseRequest(CAPTION), 2), signal, read, wanted_of(CAPTION), drawn(4, 3, 64, 64)
    )


def test_the_timeline_fills_from_the_decision_on() -> None:
    rows = {row.name: row for row in timeline_rows(a_decision())}
    assert rows["colour"].readings == ("green", "green", "red", "red")
    assert rows["colour"].settled == (False, False, True, True)
    assert rows["colour"].decided == 2
    assert rows["colour"].verdict == "as asked"
    assert rows["shape"].verdict == "not as asked"
    assert rows["texture"].verdict == "not asked for"


def test_the_last_to_be_decided_answers_the_guess() -> None:
    result = a_decision()
    curves = {one.name: one.y for one in decide_chart(result).series}
    assert curves["colour"] == (0.5, 0.5, 1.0, 1.0)
    facts = {fact.name: fact for fact in decide_facts(result, "texture")}
    assert facts["Your guess"].value == "Right"
    assert facts["Colour"].value == "step 1.0"
    assert "Your guess" not in {fact.name for fact in decide_facts(result, None)}
    assert decide_facts(result, "place")[0].value == "Not here"
    assert decide_facts(result, "size")[0].note == "this caption asks for no size of a single thing"


def test_a_tree_is_a_row_a_node() -> None:
    decoded = (drawn(2, 3, 3, 64, 64).clamp(-1, 1) * 127 + 127).to(torch.uint8).numpy()
    nodes = tuple(
        Node(spec, "x", drawn(3, 1, 2, 2), drawn(2, 1, 2, 2), decoded[n])
        for n, spec in enumerate((None, BranchSpec(0, 1, "x", 2.0, 7)))
    )
    tree = Tree(DenoiseRequest(CAPTION, steps=2), (1000, 500, 0), nodes)
    pixels = np.asarray(tree_sheet(tree))
    assert np.array_equal(tile_at(pixels, 1, 2), decoded[1, 2].transpose(1, 2, 0))
    assert [(row.parent, row.step) for row in tree_rows(tree)] == [(-1, 0), (0, 1)]
    assert "seed 7" in tree_rows(tree)[1].change


def point(sampler: str, steps: int, share: float) -> QualityPoint:
    return QualityPoint(sampler, steps, 32, share, share - 0.05, share + 0.05, 0.5, steps, 0.1)


def test_quality_curves_carry_their_stamp_and_points_of_now_stand_apart() -> None:
    table = StepsTable("a", "b", 3.0, "here", (point("ddim", 10, 0.9), point("ddim", 2, 0.7), point("ddim", 5, 0.86)))
    (chart,) = quality_charts(table, (point("dpm", 4, 0.8),))
    assert chart.stamp == WITH_CHECKPOINT
    assert chart.series[0].x == (2.0, 5.0, 10.0)
    assert [one.style for one in chart.series] == ["line", "points"]
    assert quality_charts(None, (point("dpm", 4, 0.8),))[0].stamp == MEASURED_NOW
    facts = quality_facts(table, (), 2)
    assert [fact.name for fact in facts[:2]] == ["Your guess", "Measured"]
    assert facts[1].value == "5 steps"
    assert facts[1].note.endswith("not as you guessed")
    assert quality_facts(table, (), 5)[1].note.endswith(": as you guessed")
    assert (facts[2].note, facts[2].value) == ("86%: not told from the best by 32 pictures", "5 steps")
    assert [fact.name for fact in quality_facts(None, (), 5)] == ["Your guess"]  # never nothing
    again = replace(table, points=(*table.points, point("heun", 2, 0.99)))
    assert quality_facts(again, (), 5)[1] == quality_facts(table, (), 5)[1]  # DDIM against itself


def a_scale(only_best: float = 2.0) -> ScaleResult:
    factors = (0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
    pictures = drawn(8, 3, 64, 64).clamp(-1, 1)
    psnr = tuple(30.0 if k in (1.0, only_best) else 10.0 for k in factors)
    ratio = tuple(k**2 for k in factors)
    request = ScaleRequest(DenoiseRequest(CAPTION), factor=3.0)
    return ScaleResult(request, factors, pictures[:1], pictures, drawn(8, 4, 16, 16), pictures, pictures, ratio, psnr)


def test_a_wrong_scale_is_shown_in_order_and_the_best_of_the_wrong_ones_answers_the_guess() -> None:
    result = a_scale()
    groups = scale_groups(result)
    assert [tile.title for tile in groups[0].tiles][1:3] == ["k = 0.1", "k = 0.2"]
    assert len(scale_groups(result, only=1.0)[0].tiles) == 2
    assert scale_facts(result, 2.0)[0].value == "Right"
    assert scale_facts(result, 5.0)[0].value == "Not here"
    assert scale_facts(result, 5.0)[2].value == "9 ×"
    truth, believed = scale_charts(result)[1].series
    assert truth.y[-1] == pytest.approx(100.0)
    assert set(believed.y) == {1.0}
