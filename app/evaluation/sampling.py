"""From a loaded denoiser to what the samplers need, and from their samples to pictures."""

import torch
from jaxtyping import Float
from torch import Tensor

from app.core.runtime import Runtime
from app.diffusion.guidance import Predict
from app.models.denoiser import Denoiser
from app.models.text import TextFeatures
from app.store.catalogue import LoadedDenoiser


def predictor(network: Denoiser, runtime: Runtime) -> Predict[TextFeatures]:
    """Adapt the network to the samplers: float32 on the CPU outside, the runtime's device and dtype inside."""

    def predict(x: Tensor, t: Tensor, text: TextFeatures) -> Tensor:
        placed = x.to(runtime.device, runtime.dtype, memory_format=runtime.memory_format)
        return network.predict(placed, t.to(runtime.device), text).to(x.device, x.dtype)

    return predict


@torch.inference_mode()
def decode_samples(model: LoadedDenoiser, x: Float[Tensor, "b c h w"], runtime: Runtime) -> Float[Tensor, "b 3 H W"]:
    """Turn diffused samples into pictures: undo the scale, then decode (pixels are returned as they are)."""
    if model.vae is None:
        return x
    z = model.vae.scale.restore(x).to(runtime.device, runtime.dtype, memory_format=runtime.memory_format)
    return model.vae.network.decode(z).float().cpu()
