"""The table of quality against steps: what a point is, and that it is bound to the weights it was measured on."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.errors import BadCheckpoint, BadRequest
from app.core.runtime import Runtime, choose_runtime
from app.data.scenes import Scenes
from app.evaluation.generation import draw_captions, wanted_labels
from app.evaluation.judging import items_with, read_pictures
from app.evaluation.sampling import SamplingOptions
from app.labs import denoise_quality
from app.labs.denoise_quality import (
    FILE,
    QualityRequest,
    _point,
    measure_point,
    measure_steps,
    read_table,
    write_table,
)
from app.store.catalogue import Catalogue, open_catalogue
from tests.checkpoints import make_zoo

RUNTIME: Runtime = choose_runtime("cpu", "float32")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return open_catalogue(make_zoo(tmp_path_factory.mktemp("models")), RUNTIME)


def test_a_point_is_the_judge_s_reading_of_the_pictures_that_draw_captions_makes(
    models: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denoise_quality, "BATCH", 4)
    model, judge = models.denoiser("generator"), models.judge()
    *early, (n, point) = measure_point(model, judge, QualityRequest("dpm", 2, count=6), RUNTIME)
    assert [done for done, _ in early] == [4]
    scenes = Scenes(split="test")
    captions = scenes.captions(items_with(scenes, 1, 6))
    options = SamplingOptions(steps=2, sampler="dpm")
    wanted, read = (
        wanted_labels(captions),
        read_pictures(judge, draw_captions(model, captions, list(range(6)), options, RUNTIME), RUNTIME),
    )
    share = np.mean([(w[w >= 0] == r[w >= 0]).mean() for w, r in zip(wanted, read, strict=True)])
    assert n == 6
    assert point is not None
    assert point.share == pytest.approx(share, abs=1e-3)
    assert point.calls == 2


def test_the_interval_is_that_of_a_mean() -> None:
    shares = np.array([1.0, 0.5, 0.5, 0.4])
    point = _point(QualityRequest("heun", 3, 4), shares, 0.1)
    assert (point.share, point.everything, point.calls) == (0.6, 0.25, 5)
    assert point.share - point.low == pytest.approx(3.182 * shares.std(ddof=1) / 2, abs=1e-3)  # Student, 3 degrees


def test_the_table_survives_the_disk_and_is_refused_for_other_weights(models: Catalogue, tmp_path: Path) -> None:
    model, judge = models.denoiser("generator"), models.judge()
    tables = list(measure_steps(model, judge, RUNTIME, count=2, samplers=["ddim", "heun"], steps=[1]))
    assert [len(table.points) for table in tables] == [1, 2]
    write_table(tmp_path, tables[-1])
    assert read_table(tmp_path, model.card, judge.card) == tables[-1]
    with pytest.raises(BadCheckpoint, match="other weights"):
        read_table(tmp_path, replace(model.card, weights_sha256="0" * 64), judge.card)
    values = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps(values | {"format": 9}))
    with pytest.raises(BadCheckpoint, match="format"):
        read_table(tmp_path, model.card, judge.card)
    for broken in ("{", "[]", '{"points": 3}'):
        (tmp_path / FILE).write_text(broken)
        with pytest.raises(BadCheckpoint):
            read_table(tmp_path, model.card, judge.card)
    with pytest.raises(BadCheckpoint, match="No measurement"):
        read_table(tmp_path / "elsewhere", model.card, judge.card)


def test_bad_requests_are_refused() -> None:
    for bad in ({"count": 1}, {"steps": 0}, {"count": 501}, {"guidance": 99.0}):
        with pytest.raises(BadRequest):
            QualityRequest(**bad)
