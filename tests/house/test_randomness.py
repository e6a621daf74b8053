"""No draw in app/ depends on a hidden global generator: whoever draws is given a generator."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import Breach, breaches, calls, has_keyword

ALLOWED: dict[str, str] = {}
"""File -> why it may draw from a global generator."""

TORCH_DRAWS = {
    f"torch.{name}"
    for name in (
        "rand randn randint randperm normal bernoulli multinomial poisson binomial "
        "rand_like randn_like randint_like dropout alpha_dropout feature_dropout"
    ).split()
} | {"torch.utils.data.random_split", "torch.utils.data.RandomSampler"}
INITIALISERS = {
    f"torch.nn.init.{name}_"
    for name in (
        "uniform normal trunc_normal sparse orthogonal xavier_uniform xavier_normal kaiming_uniform kaiming_normal"
    ).split()
}
IN_PLACE = {f"{name}_" for name in "normal uniform bernoulli random exponential cauchy log_normal geometric".split()}
METHODS = IN_PLACE | {"bernoulli", "multinomial"}
TORCH_GLOBAL = {
    "torch.manual_seed",
    "torch.seed",
    "torch.initial_seed",
    "torch.set_rng_state",
    "torch.default_generator",
}
TORCH_GLOBAL |= {f"torch.{device}.{name}" for device in ("cuda", "mps") for name in ("manual_seed", "manual_seed_all")}
DROPOUT = (
    "torch.nn.Dropout",
    "torch.nn.AlphaDropout",
    "torch.nn.functional.dropout",
    "torch.nn.functional.gumbel_softmax",
)
SEEDED_NUMPY = {"Generator", "SeedSequence", "PCG64", "Philox", "BitGenerator"}
NEEDS_RANDOM_STATE = {"UMAP", "TSNE", "KMeans", "MiniBatchKMeans", "train_test_split", "PCA", "shuffle"}


def hidden_draws(tree: ast.Module) -> Iterator[Breach]:
    """Yield calls that seed, or draw from, a generator that nobody passed in."""
    for call, name in calls(tree):
        method = call.func.attr if name is None and isinstance(call.func, ast.Attribute) else None
        if name and (what := _hidden(call, name)):
            yield call.lineno, what
        elif method in METHODS and not has_keyword(call, "generator"):
            yield call.lineno, f".{method}() without generator="
        elif method == "seed" and not call.args:
            yield call.lineno, ".seed() takes its seed from the clock"


def _hidden(call: ast.Call, name: str) -> str | None:
    root, last = name.split(".")[0], name.split(".")[-1]
    if name in TORCH_GLOBAL or name.startswith("torch.random."):
        return f"{name} is global state"
    if name.startswith(DROPOUT):
        return f"{name} draws from the global generator"
    if name in TORCH_DRAWS | INITIALISERS and not has_keyword(call, "generator"):
        return f"{name} without generator="
    if last == "DataLoader" and has_keyword(call, "shuffle") and not has_keyword(call, "generator"):
        return f"{name}(shuffle=...) without generator="
    if name.startswith("numpy.random."):
        seeded = last in SEEDED_NUMPY or (last == "default_rng" and (call.args or call.keywords))
        return None if seeded else f"{name} is not seeded by its caller"
    if root in ("random", "secrets") and not (name == "random.Random" and call.args):
        return f"{name} draws from a hidden generator"
    if root in ("sklearn", "umap") and last in NEEDS_RANDOM_STATE and not has_keyword(call, "random_state"):
        return f"{name} without random_state="
    return None


def test_app_never_draws_from_a_global_generator() -> None:
    assert breaches(hidden_draws, ALLOWED) == []


@pytest.mark.parametrize(
    "planted",
    [
        "import torch\ntorch.manual_seed(0)",
        "import torch\ntorch.randn(3)",
        "import torch\ntorch.randn(3, generator=None)",
        "from torch import randn as noise\nnoise(3)",
        "import torch as t\nt.rand_like(t.zeros(3))",
        "import torch\ntorch.empty(3).normal_()",
        "import torch\ndef f(p): return p.multinomial(1)",
        "import torch.nn.functional as F\ndef f(x): return F.dropout(x)",
        "from torch import nn\nnn.Dropout2d(0.1)",
        "from torch import nn\ndef f(w): nn.init.kaiming_normal_(w)",
        "import torch\ntorch.random.fork_rng()",
        "import torch\ntorch.Generator().seed()",
        "from torch.utils.data import DataLoader\ndef f(d): return DataLoader(d, shuffle=True)",
        "import numpy as np\nnp.random.seed(1)",
        "import numpy as np\nnp.random.default_rng()",
        "from numpy.random import rand\nrand(3)",
        "import random\nrandom.choice([1, 2])",
        "from random import shuffle\nshuffle([1, 2])",
        "import random\nrandom.Random()",
        "import umap\numap.UMAP(n_neighbors=5)",
    ],
)
def test_the_rule_notices(planted: str) -> None:
    assert len(list(hidden_draws(ast.parse(planted)))) == 1


@pytest.mark.parametrize(
    "innocent",
    [
        "import torch\ndef f(g): return torch.randn(3, generator=g)",
        "import torch\ndef f(x, g): return x.normal_(generator=g)",
        "import torch\ntorch.Generator().manual_seed(3)",
        "from torch import nn\ndef f(w, g): nn.init.normal_(w, generator=g); nn.init.zeros_(w)",
        "import numpy as np\nnp.random.default_rng(3).normal()",
        "import random\nrandom.Random(3).choice([1, 2])",
        "def normal(shape, generator): ...\nnormal((3,), None)",
    ],
)
def test_the_rule_leaves_explicit_randomness_alone(innocent: str) -> None:
    assert list(hidden_draws(ast.parse(innocent))) == []
