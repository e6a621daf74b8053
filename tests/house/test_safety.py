"""Nothing is ever unpickled or evaluated: a file from somebody else can only hold numbers and text."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.source import Breach, breaches, calls, imported_names

ALLOWED: dict[str, str] = {}
"""File -> why it may."""

MODULES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "shelve", "marshal"}
READERS = {
    "torch.load",
    "torch.hub.load",
    "torch.package.PackageImporter",
    "pandas.read_pickle",
    "numpy.lib.format.read_array",
}
BUILT_IN = {"eval", "exec"}


def unpickling(tree: ast.Module) -> Iterator[Breach]:
    """Yield imports of pickling modules and calls that can run code hidden in a file."""
    for name in imported_names(tree).values():
        if name.split(".")[0] in MODULES:
            yield 1, f"imports {name}"
    for call, name in calls(tree):
        if name in READERS:
            yield call.lineno, f"{name} runs what is pickled in the file"
        elif isinstance(call.func, ast.Name) and call.func.id in BUILT_IN:
            yield call.lineno, f"{call.func.id}()"
        elif any(k.arg == "allow_pickle" and not _is_false(k.value) for k in call.keywords):
            yield call.lineno, "allow_pickle"


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def test_app_never_unpickles() -> None:
    assert breaches(unpickling, ALLOWED) == []


@pytest.mark.parametrize(
    "planted",
    [
        "import torch\ntorch.load('a.pt')",
        "import torch\ntorch.load('a.pt', weights_only=True)",
        "from torch import load\nload('a.pt')",
        "import pickle",
        "from joblib import load",
        "import numpy as np\nnp.load('a.npz', allow_pickle=True)",
        "import numpy as np\ndef f(yes): return np.load('a.npz', allow_pickle=yes)",
        "eval('1')",
    ],
)
def test_the_rule_notices(planted: str) -> None:
    assert len(list(unpickling(ast.parse(planted)))) == 1


def test_the_rule_leaves_plain_arrays_and_eval_mode_alone() -> None:
    innocent = "import numpy as np\ndef f(model): model.eval(); return np.load('a.npz', allow_pickle=False)"
    assert list(unpickling(ast.parse(innocent))) == []
