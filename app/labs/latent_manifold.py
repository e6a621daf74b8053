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
SCALES = (1, 8)
"""Compared are single pixels, which noise and smears betray, and means over 8 x 8 of them, which a wrong colour of the
whole betrays and a shift by a pixel does not.
"""
HIGHEST, REAL_COUNT = 0.95, 48
"""The share of held-out scenes that are as near to their redrawing as a picture of this world must be."""
Levels = tuple[float, ...]
"""For each of SCALES, the distance that HIGHEST of the real scenes do not exceed."""


def distance_to_scenes(
    judge: LoadedJudge, pictures: Float[Tensor, "n 3 s s"], real: Levels, runtime: Runtime
) -> tuple[float, ...]:
    """Return how far each picture is from the scene that the judge sees in it, in units of `real`: up to 1 is a picture
    of this world. The scale on which it is farther counts.
    """
    apart = redrawing_error(judge, pictures, runtime) / torch.tensor(real)[:, None].clamp_min(1e-6)
    return tuple(apart.amax(dim=0).tolist())


def redrawing_error(
    judge: LoadedJudge, pictures: Float[Tensor, "n 3 s s"], runtime: Runtime
) -> Float[Tensor, "scales n"]:
    """Return, for each scale, the RMS difference of each picture from the best redrawing of what the judge sees."""
    labels, side = read_pictures(judge, pictures, runtime), pictures.shape[-1]
    draws = Draws(seed_of("manifold"), np.tile(np.arange(TRIES), len(labels)))
    again = from_bytes(draw(np.repeat(labels, TRIES, axis=0), draws, side))
    rows = []
    for scale in SCALES:
        seen, redrawn = (nn.functional.avg_pool2d(each, scale) for each in (pictures, again))
        apart = redrawn.unflatten(0, (len(labels), TRIES)) - seen[:, None]
        rows.append(apart.square().mean(dim=(2, 3, 4)).sqrt().amin(dim=1))
    return torch.stack(rows)


def real_distance(judge: LoadedJudge, runtime: Runtime) -> Levels:
    """Return the distances of real scenes from their redrawings: those of REAL_COUNT held-out ones."""
    scenes = Scenes(split="test", side=judge.network.config.side)
    found = redrawing_error(judge, from_bytes(scenes.pictures(range(REAL_COUNT))), runtime)
    return tuple(torch.quantile(found, HIGHEST, dim=1).tolist())
