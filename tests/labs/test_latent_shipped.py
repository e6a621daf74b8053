"""The command that writes the shipped map, and what the page reads of it."""

import numpy as np
import pytest

from app.cli import main
from app.labs import latent_map, latent_shipped
from app.labs.latent_map import MapRequest, encode_points, principal_components
from app.labs.latent_shipped import read_map
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_vae


def test_the_command_writes_the_map_that_the_page_reads(tmp_path, monkeypatch, capsys):
    request = MapRequest("umap", count=70, min_dist=0.5)
    monkeypatch.setattr(latent_shipped, "SHIPPED", request)
    monkeypatch.setattr(latent_map, "fit_umap", lambda rows, settings: rows[:, 1:3].copy())
    monkeypatch.setenv("LATENT_LAB_DTYPE", "float32")
    make_vae(tmp_path, "f8c4", 8, 4)
    assert main(["map", "f8c4", "--checkpoints", str(tmp_path)]) == 0
    assert "map.npz" in capsys.readouterr().out
    catalogue = open_catalogue(tmp_path, RUNTIME)
    found = read_map(tmp_path, catalogue.card("f8c4"))
    points = encode_points(catalogue.vae("f8c4"), 70, RUNTIME)
    rows, variances = principal_components(points.latents, 48)
    assert found is not None
    assert found.latents == pytest.approx(rows, abs=2e-2)
    assert found.xy == pytest.approx(rows[:, 1:3], abs=2e-2)
    assert found.points.share == pytest.approx(variances.sum() / points.variance, rel=1e-2)
    assert found.points.shipped
    make_vae(tmp_path, "f4c4", 4, 4)
    (tmp_path / "f4c4" / "map.npz").write_bytes((tmp_path / "f8c4" / "map.npz").read_bytes())
    assert read_map(tmp_path, open_catalogue(tmp_path, RUNTIME).card("f4c4")) is None


def test_a_map_of_a_judge_is_refused_with_a_sentence(tmp_path, capsys):
    assert main(["map", "judge", "--checkpoints", str(tmp_path)]) == 2
    assert "judge" in capsys.readouterr().err
    assert np.size(list(tmp_path.iterdir())) == 0


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A VAE with a shipped map that can be read: (folder, card, map file)."""
    monkeypatch.setattr(latent_shipped, "SHIPPED", MapRequest("umap", count=70, min_dist=0.5))
    monkeypatch.setattr(latent_map, "fit_umap", lambda rows, settings: rows[:, 1:3].copy())
    make_vae(tmp_path, "f8c4", 8, 4)
    catalogue = open_catalogue(tmp_path, RUNTIME)
    path = latent_shipped.write_map(catalogue, "f8c4", RUNTIME)
    card = catalogue.card("f8c4")
    assert read_map(tmp_path, card) is not None
    return tmp_path, card, path


def test_a_map_that_was_cut_in_half_is_none(shipped):
    root, card, path = shipped
    whole = path.read_bytes()
    for length in (len(whole) // 2, len(whole) - 1, 100, 1, 0):
        path.write_bytes(whole[:length])
        assert read_map(root, card) is None


def test_a_map_with_a_damaged_middle_is_none(shipped):
    """The table of contents is whole, what it lists is not: zlib or the checksum notices."""
    root, card, path = shipped
    whole = bytearray(path.read_bytes())
    for start in range(200, len(whole) - 600, len(whole) // 8):
        path.write_bytes(bytes(whole[:start]) + bytes(64) + bytes(whole[start + 64 :]))
        assert read_map(root, card) is None
