"""Pinned points of the map: a scene, its caption, and what its latent decodes to."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import from_bytes
from app.core.runtime import Runtime
from app.data.scenes import Scenes
from app.store.catalogue import LoadedVAE

MOST_PINS = 4


@dataclass(frozen=True, eq=False)
class Pin:
    """index: the scene's number; picture and decoded in [-1, 1]; z: its posterior mean."""

    index: int
    caption: str
    picture: Float[Tensor, "1 3 H W"]
    z: Float[Tensor, "1 c h w"]
    decoded: Float[Tensor, "1 3 H W"]


def parse_pins(text: str, count: int) -> list[int]:
    """Read numbers of scenes, such as '17, 203'; raises BadRequest for what is none or lies outside 0..count-1."""
    words = text.replace(",", " ").split()
    if not all(word.isdecimal() and int(word) < count for word in words if len(word) < 9) or any(
        len(word) >= 9 for word in words
    ):
        raise BadRequest(f"'{text[:40]}' are no scenes of this map.", hint=f"Write numbers from 0 to {count - 1}.")
    if len(words) > MOST_PINS:
        raise BadRequest(f"{len(words)} pins are too many.", hint=f"Use at most {MOST_PINS}.")
    return [int(word) for word in words]


@torch.inference_mode()
def pin_scene(model: LoadedVAE, index: int, runtime: Runtime) -> Pin:
    """Encode and decode one held-out scene."""
    scenes = Scenes(split="test", side=model.card.training.side)
    picture = from_bytes(scenes.pictures([index]))
    z = model.network.encode(runtime.put(picture)).mean.float()
    decoded = model.network.decode(runtime.put(z)).float().cpu().clamp(-1, 1)
    return Pin(index, scenes.captions([index])[0], picture, z.cpu(), decoded)
