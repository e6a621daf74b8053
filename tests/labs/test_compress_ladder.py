"""The ladder: its numbers are those of the library, its pictures have sides that every rung divides."""

import math

import numpy as np
import pytest
import torch
from PIL import Image

from app.core.errors import BadRequest, LabError
from app.core.pictures import to_tensor
from app.data.scenes import parse_caption, scene_to_labels
from app.evaluation.judging import read_pictures
from app.evaluation.reconstruction import psnr
from app.labs.compress_ladder import (
    LadderResult,
    changed,
    climb,
    fine_kept,
    in_words,
    missing_rungs,
    rebuild_mean,
    rungs_at_hand,
)
from app.labs.compress_pictures import COMMON, LARGE, NAMES, SIZES, STRESS, kept, named_picture, sized
from app.labs.gallery import SCENES
from app.store.catalogue import Catalogue, open_catalogue
from tests.checkpoints import RUNTIME, make_vae, make_zoo


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    root = make_zoo(tmp_path_factory.mktemp("zoo"))
    make_vae(root, "f16c4", 16, 4)
    make_vae(root, "small_kl1", 8, 4)
    return open_catalogue(root, RUNTIME)


@pytest.fixture(scope="module")
def result(catalogue: Catalogue) -> LadderResult:
    models = [catalogue.vae(name) for name in rungs_at_hand(catalogue)]
    return climb(models, to_tensor(named_picture(SCENES[0]))[None], RUNTIME, catalogue.judge())


def test_the_ladder_is_what_is_there_from_weak_to_strong(catalogue: Catalogue, result: LadderResult) -> None:
    assert [rung.name for rung in result.rungs] == ["f4c4", "f8c4", "f16c4"]
    assert missing_rungs(catalogue) == ["f2c4", "f8c16", "f16c16"]
    assert [rung.values for rung in result.rungs] == [1024, 256, 64]
    assert [rung.reduction for rung in result.rungs] == [12.0, 48.0, 192.0]


def test_numbers_follow_from_the_pictures(catalogue: Catalogue, result: LadderResult) -> None:
    rung = result.rungs[1]
    copy = rebuild_mean(catalogue.vae("f8c4"), result.picture, RUNTIME)
    assert torch.equal(rung.reconstruction, copy)
    assert rung.psnr == pytest.approx(float(psnr(result.picture, copy)[0]))
    difference = (result.picture - copy).abs().numpy()[0]
    np.testing.assert_allclose(rung.error[0, 0].numpy(), difference.mean(axis=0), atol=1e-6)
    read = read_pictures(catalogue.judge(), torch.cat([result.picture, copy]), RUNTIME)
    assert result.reading == tuple(read[0].tolist())
    assert rung.reading == tuple(read[1].tolist())


def test_fine_detail_is_counted_above_one_eighth_of_a_cycle() -> None:
    y = torch.arange(64)
    fine, coarse = torch.cos(torch.pi * y), torch.cos(2 * torch.pi * y / 32)
    x = (0.3 * fine + 0.3 * coarse).expand(1, 3, 64, 64)
    assert fine_kept(x, (0.3 * coarse).expand(1, 3, 64, 64)) == pytest.approx(0.0, abs=1e-5)
    assert fine_kept(x, (0.3 * fine).expand(1, 3, 64, 64)) == pytest.approx(1.0, abs=1e-5)
    assert fine_kept(x, (0.3 * coarse + 0.15 * fine).expand(1, 3, 64, 64)) == pytest.approx(0.75, abs=1e-5)
    assert math.isnan(fine_kept(torch.zeros(1, 3, 64, 64), torch.zeros(1, 3, 64, 64)))


def test_readings_are_compared_and_put_into_words() -> None:
    dotted, plain = (
        tuple(
            scene_to_labels(parse_caption(f"a large {texture} orange cat in the centre on a grey background")).tolist()
        )
        for texture in ("dotted", "plain")
    )
    assert changed(dotted, plain) == {"texture": ("dotted", "plain")}
    assert changed(dotted, dotted) == {}
    assert in_words(dotted) == "large dotted orange cat, centre, on grey"


def test_without_a_judge_texture_is_gone_with_half_of_the_fine_detail(catalogue: Catalogue) -> None:
    models = [catalogue.vae("f4c4"), catalogue.vae("f8c4")]
    result = climb(models, to_tensor(named_picture("checks"))[None], RUNTIME)
    assert all(rung.reading is None for rung in result.rungs)
    assert result.first_loss == next((rung.name for rung in result.rungs if rung.fine_kept < 0.5), "")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", SIZES)
def test_every_rung_divides_every_picture(name: str, size: str) -> None:
    width, height = named_picture(name, size).size
    assert width % COMMON == height % COMMON == 0
    assert max(width, height) <= LARGE
    assert size == SIZES[1] or (width, height) == (64, 64)


@pytest.mark.parametrize("shape", [(1, 1), (15, 17), (1024, 40), (700, 699)])
def test_pictures_of_any_shape_become_such_that_every_rung_divides_them(shape: tuple[int, int]) -> None:
    picture = kept(Image.new("RGB", shape))
    assert picture.width % COMMON == picture.height % COMMON == 0
    assert max(picture.size) <= LARGE
    assert sized(Image.new("RGB", shape), SIZES[0]).size == (64, 64)


def test_stress_pictures_hold_fine_detail() -> None:
    for name in STRESS:
        x = to_tensor(named_picture(name))[None]
        assert fine_kept(x, torch.nn.functional.avg_pool2d(x, 9, 1, 4)) < 0.5, name


@pytest.mark.parametrize(("name", "size"), [("nothing", SIZES[0]), ("x" * 10_000, SIZES[0]), ("checks", "huge")])
def test_pictures_that_are_not_there_are_refused_in_a_sentence(name: str, size: str) -> None:
    with pytest.raises(LabError) as caught:
        named_picture(name, size)
    assert len(str(caught.value)) < 1500


def test_a_ladder_without_rungs_is_refused(result: LadderResult) -> None:
    with pytest.raises(BadRequest):
        climb([], result.picture, RUNTIME)
