"""The ribbon's stations are the run's own tensors; the sprites are the run's own moments."""

import numpy as np
import pytest
from PIL import Image

from app.core.pictures import to_bytes
from app.figures.maps import channel_mosaic
from app.figures.pipeline import (
    FILM,
    LIMIT,
    TILE,
    film_moments,
    moment_frames,
    moment_sprites,
    ribbon_stages,
    ribbon_stations,
    stage_facts,
)
from tests.figures.pipelines import WORDS, a_run


def test_stations_name_the_shapes_of_the_run() -> None:
    stations = ribbon_stations(a_run(c=6, side=8))
    shapes = {name: station.shape for name, station in stations.items()}
    latent = (6, 8, 8)
    assert shapes == {
        "words": (4,), "features": (4, 8), "noise": latent, "film": latent, "end": latent, "picture": (3, 64, 64)
    }  # fmt: skip
    assert stations["features"].numbers == 32
    assert stations["end"].numbers == 384
    assert stations["words"].words[1:] == WORDS


def test_stations_draw_the_tensors_that_they_name() -> None:
    result = a_run()
    stations, run = ribbon_stations(result), result.generated
    assert stations["noise"].pictures[0] == channel_mosaic(run.start[0], LIMIT)
    assert stations["end"].pictures[0] == channel_mosaic(run.trail[-1].x[0], LIMIT)
    shown = np.asarray(stations["picture"].pictures[0]).transpose(2, 0, 1)
    np.testing.assert_array_equal(shown, to_bytes(run.picture)[0])


def test_a_denoiser_on_pixels_shows_pixels() -> None:
    result = a_run(c=3, side=64, in_latents=False)
    stations = ribbon_stations(result)
    assert stations["end"].title == "Final pixel"
    np.testing.assert_array_equal(
        np.asarray(stations["noise"].pictures[0]).transpose(2, 0, 1), to_bytes(result.generated.start)[0]
    )


def test_stages_carry_the_measured_seconds() -> None:
    stages = ribbon_stages(a_run())
    assert {name: stage.seconds for name, stage in stages.items()} == {"text": 0.001, "denoise": 0.2, "decode": 0.004}
    assert stages["denoise"].note == "6 steps, guidance 3"


@pytest.mark.parametrize(("moments", "rows"), [(21, [4, 8, 12, 16]), (3, [1]), (2, [0]), (51, [10, 20, 30, 40])])
def test_the_film_lies_between_start_and_end(moments: int, rows: list[int]) -> None:
    assert film_moments(moments) == rows
    assert len(rows) <= FILM


def test_each_row_of_the_sprites_is_one_moment() -> None:
    result = a_run()
    sprites = moment_sprites(result.moments, result.in_latents)
    assert sprites.columns == 3
    assert sprites.sheet.size == (3 * TILE, 7 * TILE)
    sheet = np.asarray(sprites.sheet)
    for k in range(7):
        row = sheet[k * TILE : (k + 1) * TILE]
        for column, sample in enumerate((result.moments.x[k], result.moments.x0[k])):
            tile = channel_mosaic(sample, LIMIT).resize((TILE, TILE), Image.Resampling.NEAREST)
            np.testing.assert_array_equal(row[:, column * TILE : (column + 1) * TILE], np.asarray(tile))
        np.testing.assert_array_equal(row[:, 2 * TILE :].transpose(2, 0, 1), to_bytes(result.moments.decoded)[k])


def test_frames_are_the_rows_of_the_sprites() -> None:
    result = a_run()
    sprites = moment_sprites(result.moments, result.in_latents)
    frames = moment_frames(sprites)
    assert len(frames) == len(result.moments.done)
    np.testing.assert_array_equal(np.concatenate([np.asarray(frame) for frame in frames]), np.asarray(sprites.sheet))


def test_three_stages_are_told_with_their_own_numbers() -> None:
    facts = stage_facts(a_run(c=6, side=8))
    assert [fact.value for fact in facts] == ["4 tokens", "384 numbers", "12,288 numbers"]
    assert "cleaned 6 times" in facts[1].note
    assert len(stage_facts(a_run(c=3, side=64, in_latents=False))) == 2
