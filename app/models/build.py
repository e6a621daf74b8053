"""Build a network with weights drawn from an explicit generator, or left to be loaded from a checkpoint.

PyTorch's layers draw their initial weights from the process-wide generator. We build on the meta device, where
nothing is drawn, and then fill every parameter ourselves: equal seeds give equal networks, whatever ran before.
"""

import math
from typing import Any, NamedTuple, TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from app.core.errors import BadRequest

Network = TypeVar("Network", bound=nn.Module)


class ModelKind(NamedTuple):
    """A network class, called as network(config), and its frozen config dataclass."""

    network: type[nn.Module]
    config: type[Any]


def build(network: type[Network], config: Any, generator: torch.Generator) -> Network:
    """Return network(config) on the CPU in float32 with fresh weights."""
    model = outline(network, config).to_empty(device="cpu")
    initialise(model, generator)
    return model


def outline(network: type[Network], config: Any) -> Network:
    """Return network(config) with the names and shapes of its weights, but no memory for them (the meta device)."""
    with torch.device("meta"):
        return network(config)


def check_config(config: object, rules: dict[str, bool]) -> None:
    """Raise BadRequest with the first rule that does not hold; a rule is worded as what must be."""
    for rule, holds in rules.items():
        if not holds:
            raise BadRequest(f"{type(config).__name__}: {rule}; this one says otherwise.", hint="Change its settings.")


def within(values: tuple[int, ...], low: int, high: int) -> bool:
    """Say whether there are values, and all are from low to high."""
    return bool(values) and all(low <= value <= high for value in values)


@torch.no_grad()
def initialise(model: nn.Module, generator: torch.Generator) -> None:
    """Fill every parameter: uniform weights, zero biases, unit norms; a layer marked `zero_init` starts at zero.

    The weights are LeCun's (1998, "Efficient BackProp"): variance 1 / fan-in, so that a layer keeps the variance of
    what it gets. Residual branches that end in a zero layer start as the identity, which is what lets the VAE train
    without normalisation layers (Zhang et al. 2019, "Fixup Initialization"). Raises TypeError for a kind of layer
    that has numbers of its own and no rule here.
    """
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            _fill_affine(module, generator)
        elif isinstance(module, nn.GroupNorm | nn.LayerNorm) and module.weight is not None:
            module.weight.fill_(1.0)
            module.bias.fill_(0.0)
        elif isinstance(module, Places):
            module.weight.copy_(plane_waves(module.side, module.embedding_dim))
        elif isinstance(module, nn.Embedding):
            module.weight.normal_(0.0, 1.0 / math.sqrt(module.embedding_dim), generator=generator)
        elif _has_numbers(module):
            raise TypeError(f"no rule says how the parameters or buffers of {type(module).__name__} start")


class Places(nn.Embedding):
    """One learnt vector for each cell of a square grid, (side * side, width); it starts as plane waves."""

    def __init__(self, side: int, width: int) -> None:
        super().__init__(side * side, width)
        self.side = side


def plane_waves(side: int, width: int) -> Float[Tensor, "cells width"]:
    """Return cosines and sines along x, then along y, of half a period to side / 2 periods across the grid.

    Unit variance, so that a place is as loud as the features it is added to: small random vectors left a generator
    blind to 'top left' for 48,000 samples. width must be a multiple of 4.
    """
    periods = torch.logspace(math.log2(0.5), math.log2(side / 2), width // 4, base=2.0, device="cpu")
    position = (torch.arange(side, device="cpu") + 0.5) / side
    angles = 2 * math.pi * position[:, None] * periods
    waves = math.sqrt(2.0) * torch.cat([angles.cos(), angles.sin()], dim=1)
    along_x = waves[None].expand(side, -1, -1)
    return torch.cat([along_x, along_x.transpose(0, 1)], dim=2).flatten(0, 1)


def _has_numbers(module: nn.Module) -> bool:
    """Say whether a module has parameters or buffers that are not its children's."""
    return bool([*module.parameters(recurse=False), *module.buffers(recurse=False)])


def _fill_affine(layer: nn.Conv2d | nn.Linear, generator: torch.Generator) -> None:
    if getattr(layer, "zero_init", False):
        layer.weight.fill_(0.0)
    else:
        bound = math.sqrt(3.0 / layer.weight[0].numel())  # a uniform variable's variance is bound^2 / 3
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
