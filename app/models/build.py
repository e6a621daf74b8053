"""Build a network with weights drawn from an explicit generator, or left to be loaded from a checkpoint.

PyTorch's layers draw their initial weights from the process-wide generator. We build on the meta device, where
nothing is drawn, and then fill every parameter ourselves: equal seeds give equal networks, whatever ran before.
"""

import math
from typing import Any, NamedTuple, TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


class ModelKind(NamedTuple):
    """A network class, called as network(config), and its frozen config dataclass."""

    network: type[nn.Module]
    config: type[Any]


def build(network: type[Network], config: Any, generator: torch.Generator) -> Network:
    """Return network(config) on the CPU in float32 with fresh weights."""
    model = build_empty(network, config)
    initialise(model, generator)
    return model


def build_empty(network: type[Network], config: Any) -> Network:
    """Return network(config) with memory for its weights but no values yet: load a state dict next."""
    with torch.device("meta"):
        model = network(config)
    return model.to_empty(device="cpu")


@torch.no_grad()
def initialise(model: nn.Module, generator: torch.Generator) -> None:
    """Fill every parameter: He-uniform weights, zero biases, unit norms; a layer marked `zero_init` starts at zero.

    Residual branches that end in a zero layer start as the identity, which is what lets the VAE train without
    normalisation layers (Zhang et al. 2019, "Fixup Initialization").
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            _fill_affine(module, generator)
        elif isinstance(module, nn.GroupNorm | nn.LayerNorm):
            module.weight.fill_(1.0)
            module.bias.fill_(0.0)
        elif isinstance(module, nn.Embedding):
            module.weight.normal_(0.0, 1.0 / math.sqrt(module.embedding_dim), generator=generator)


def _fill_affine(layer: nn.Conv2d | nn.Linear, generator: torch.Generator) -> None:
    if getattr(layer, "zero_init", False):
        layer.weight.fill_(0.0)
    else:
        bound = math.sqrt(3.0 / layer.weight[0].numel())  # unit variance out for unit variance in
        layer.weight.uniform_(-bound, bound, generator=generator)
    if layer.bias is not None:
        layer.bias.fill_(0.0)


def zero_init(layer: Network) -> Network:
    """Mark a conv or linear layer to start at zero, so that the branch it ends starts as nothing."""
    layer.zero_init = True  # type: ignore[assignment]
    return layer


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers the network has learnt."""
    return sum(parameter.numel() for parameter in model.parameters())
