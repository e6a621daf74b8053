"""The map: its points are the scenes it says, PCA is PCA, neighbours are neighbours."""

import numpy as np
import pytest

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.data.scenes import Scenes
from app.labs.latent_map import MapRequest, colour_by, make_map, nearest_points
from app.store.catalogue import open_catalogue
from tests.checkpoints import RUNTIME, make_vae


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    root = tmp_path_factory.mktemp("vae")
    make_vae(root, "f8c4", 8, 4)
    return open_catalogue(root, RUNTIME).vae("f8c4")


@pytest.fixture(scope="module")
def chart(model):
    return make_map(model, MapRequest(count=150), RUNTIME)


def test_the_plane_is_the_one_of_largest_variance(chart):
    centred = chart.latents - chart.latents.mean(0)
    variances = np.linalg.svd(centred, compute_uv=False) ** 2 / (len(centred) - 1)
    assert chart.xy.var(axis=0, ddof=1) == pytest.approx(variances[:2], rel=1e-2)
    assert chart.explained == pytest.approx(variances[:2] / variances.sum(), rel=1e-2)


def test_point_i_is_scene_i(model, chart):
    scenes = Scenes(split="test")
    picture = RUNTIME.put(from_bytes(scenes.pictures([7])))
    mean = model.network.encode(picture).mean.detach()
    assert chart.latents[7] == pytest.approx(model.scale.normalise(mean).flatten().numpy(), abs=1e-4)
    thing = scenes.scenes([7])[0]
    assert colour_by(chart, "background")[7] == thing.background
    assert colour_by(chart, "place")[7] == thing.place


def test_neighbours_are_the_nearest_in_the_whole_latent(chart):
    distances = np.linalg.norm(chart.latents - chart.latents[3], axis=1)
    assert nearest_points(chart, 3, 5) == np.argsort(distances)[1:6].tolist()


@pytest.mark.slow
def test_umap_gives_the_same_map_for_the_same_seed(model):
    request = MapRequest("umap", count=60, neighbours=5)
    one, two = (make_map(model, request, RUNTIME) for _ in range(2))
    assert np.array_equal(one.xy, two.xy)
    assert one.xy.shape == (60, 2)
    assert one.explained == ()


def test_what_is_not_there_is_refused(chart):
    with pytest.raises(BadRequest):
        MapRequest("tsne")
    with pytest.raises(BadRequest):
        MapRequest(count=5)
    with pytest.raises(BadRequest):
        nearest_points(chart, 150)
    with pytest.raises(BadRequest, match="weather"):
        colour_by(chart, "weather")
