"""Photographs at 512 pixels: how many, how different, how much enlarged, and how well rebuilt."""

import pytest
import torch

from app.core.pictures import from_bytes
from app.data.photos import held_out_views
from app.evaluation import large_views
from app.evaluation.large_views import SIDE, TURNS, enlargements, evaluate_large_views
from app.evaluation.reconstruction import HIGHEST_PSNR, psnr, reconstruct, ssim
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_vae


@pytest.fixture(scope="module", autouse=True)
def small_views():
    """Here they are as large as they are."""


@pytest.fixture
def model(tmp_path):
    make_vae(tmp_path, "f8c4", 8, 4)
    return open_catalogue(tmp_path, RUNTIME).vae("f8c4")


def test_views_are_counted_by_photograph_with_their_enlargement(model, monkeypatch):
    monkeypatch.setattr(large_views, "reconstruct", lambda model, view, runtime: (view, None, None))
    monkeypatch.setattr(large_views, "ssim", lambda x, y: torch.ones(len(x)))  # a second a view
    figures = evaluate_large_views(model, 500, RUNTIME)
    assert (figures["n"], figures["photographs"]) == (TURNS * 7, 7)
    assert figures["enlarged"] == pytest.approx([1.09, 1.54, 2.07, 2.40, 2.40, 2.40, 2.56])
    assert (figures["psnr_db"], figures["ssim"]) == (HIGHEST_PSNR, 1.0)
    few = evaluate_large_views(model, 2, RUNTIME)
    assert (few["n"], few["photographs"], few["enlarged"]) == (2, 2, figures["enlarged"][:2])


def test_figures_are_means_over_the_views(model):
    views = from_bytes(held_out_views(SIDE, 2))
    rebuilt = [reconstruct(model, view, RUNTIME)[0] for view in views.split(1)]
    pairs = list(zip(views.split(1), rebuilt, strict=True))
    figures = evaluate_large_views(model, 2, RUNTIME)
    assert figures["psnr_db"] == pytest.approx(sum(psnr(x, y).item() for x, y in pairs) / 2, abs=0.006)
    assert figures["ssim"] == pytest.approx(sum(ssim(x, y).item() for x, y in pairs) / 2, abs=6e-5)


def test_nothing_is_enlarged_more_than_the_views_allow():
    assert len(enlargements(64)) == 16
    assert max(enlargements(SIDE)) <= 2.6
