"""The badge: where a picture's error lies among the errors on the training pictures of these very weights."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from app.cli.arguments import make_parser
from app.core.errors import BadRequest
from app.core.pictures import from_bytes, to_picture
from app.data import open_dataset
from app.evaluation.reconstruction import psnr, reconstruct
from app.evaluation.training_errors import (
    FILE,
    TrainingErrors,
    measure_training_errors,
    read_training_errors,
    write_training_errors,
)
from app.labs.encode import EncodeRequest, encode
from app.labs.familiarity import judge_familiarity
from app.labs.gallery import NAMES, gallery_original, gallery_picture
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_vae

LADDER = TrainingErrors("hash", "scenes+photos", 64, 1000, tuple(float(k) for k in range(101)))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    root = tmp_path_factory.mktemp("vae")
    make_vae(root, "f4c4", 4, 4)
    return open_catalogue(root, RUNTIME)


def test_percentiles_are_those_of_the_training_pictures(catalogue):
    model = catalogue.vae("f4c4")
    measured = measure_training_errors(model, 10, RUNTIME)
    x = from_bytes(open_dataset("scenes+photos", split="train").pictures(range(10)))
    scores = psnr(x, reconstruct(model, x, RUNTIME, seed=0)[0]).numpy()
    assert measured.n == 10
    assert measured.psnr_db[0] == pytest.approx(scores.min(), abs=1e-3)
    assert measured.psnr_db[50] == pytest.approx(np.median(scores), abs=1e-3)
    assert measured.psnr_db[100] == pytest.approx(scores.max(), abs=1e-3)


@pytest.mark.parametrize(("score", "share"), [(0.0, 1.0), (-5.0, 1.0), (100.0, 0.0), (120.0, 0.0), (25.0, 0.75)])
def test_the_worse_a_picture_is_rebuilt_the_more_training_pictures_are_better(score, share):
    assert LADDER.share_rebuilt_better(score) == pytest.approx(share)


@pytest.mark.parametrize(("score", "verdict"), [(50.0, "familiar"), (4.0, "unusual"), (0.5, "out of distribution")])
def test_the_badge_says_how_unusual_the_error_is(catalogue, score, verdict):
    encoded = encode(catalogue.vae("f4c4"), gallery_picture(NAMES[0]), EncodeRequest("f4c4"), RUNTIME)
    found = judge_familiarity(catalogue.vae("f4c4"), replace(encoded, psnr=score), LADDER, RUNTIME)
    assert found.verdict == verdict


def test_a_larger_picture_is_compared_at_the_training_pictures_size(catalogue):
    model, large = catalogue.vae("f4c4"), gallery_original(NAMES[0])
    encoded = encode(model, large, EncodeRequest("f4c4", side=None), RUNTIME)
    fitted = encode(model, to_picture(encoded.picture[0]), EncodeRequest("f4c4", side=64), RUNTIME)
    assert judge_familiarity(model, encoded, LADDER, RUNTIME).psnr_db == fitted.psnr != encoded.psnr


def test_the_file_belongs_to_the_weights_it_was_measured_with(catalogue):
    model, path = catalogue.vae("f4c4"), catalogue.root / "f4c4" / FILE
    assert read_training_errors(catalogue.root, model) is None
    written = write_training_errors(catalogue, "f4c4", 4)
    assert read_training_errors(catalogue.root, model) == written
    path.write_text(json.dumps(asdict(replace(written, weights_sha256="of others"))), encoding="utf-8")
    assert read_training_errors(catalogue.root, model) is None
    path.write_text("{]", encoding="utf-8")
    assert read_training_errors(catalogue.root, model) is None
    path.unlink()


def test_nonsense_is_no_percentiles():
    with pytest.raises(BadRequest):
        replace(LADDER, psnr_db=LADDER.psnr_db[::-1])


def test_a_command_writes_the_file_for_each_vae(tmp_path, capsys):
    card = make_vae(tmp_path, "f8c4", 8, 4)
    arguments = make_parser().parse_args(["errors", "--count", "3", "--checkpoints", str(tmp_path)])
    arguments.run(arguments)
    written = json.loads((tmp_path / "f8c4" / FILE).read_text(encoding="utf-8"))
    assert (written["weights_sha256"], written["n"], len(written["psnr_db"])) == (card.weights_sha256, 3, 101)
    assert "3 pictures" in capsys.readouterr().out
