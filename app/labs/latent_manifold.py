"""Is this a picture of the world of scenes? The judge says which scene it sees; that scene is drawn; they are compared.

The world of scenes is small enough to draw all of it. A double exposure or a smear is far from whatever the judge takes
it for, however certain the judge is; a real scene differs from its own redrawing by a pixel or two of place and size.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from app.core.pictures import from_bytes
from app.core.randomness import seed_of
from app.core.runtime import Runtime
from app.data.scenes import Scenes
from app.data.scenes.draws import Draws
from app.data.scenes.render import draw
from app.evaluation.judging import read_pictures
from app.store.catalogue import LoadedJudge

TRIES = 6
"""Redrawings of each picture: things lie a pixel or two elsewhere and a pixel larger or smaller; the best counts."""
COARSE = 8
"""Pixels: means over squares of this side are compared, so that a shift of a pixel costs little."""
HIGHEST, REAL_COUNT = 0.95, 48
"""The share of held-out scenes that are as near to their redrawing as a picture of this world must be."""


def distance_to_scenes(judge: LoadedJudge, pictures: Float[Tensor, "n 3 s s"], runtime: Runtime) -> tuple[float, ...]:
    """Return how far each picture is from the scene that the judge sees in it: RMS of coarse pixel values, 0 to 2."""
    labels, side = read_pictures(judge, pictures, runtime), pictures.shape[-1]
    draws = Draws(seed_of("manifold"), np.tile(np.arange(TRIES), len(labels)))
    again = from_bytes(draw(np.repeat(labels, TRIES, axis=0), draws, side))
    seen, redrawn = (nn.functional.avg_pool2d(each, COARSE) for each in (pictures, again))
    apart = redrawn.unflatten(0, (len(labels), TRIES)) - seen[:, None]
    return tuple(apart.square().mean(dim=(2, 3, 4)).sqrt().amin(dim=1).tolist())


def real_distance(judge: LoadedJudge, runtime: Runtime) -> float:
    """Return the distance that HIGHEST of REAL_COUNT held-out scenes do not exceed."""
    scenes = Scenes(split="test", side=judge.network.config.side)
    found = distance_to_scenes(judge, from_bytes(scenes.pictures(range(REAL_COUNT))), runtime)
    return float(torch.quantile(torch.tensor(found), HIGHEST))
