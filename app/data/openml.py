"""Well-known picture sets from openml.org, through scikit-learn. The only data that needs a network, on first use."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.core.errors import BadData
from app.core.registry import Registry
from app.data.arrays import ArraySet, with_article
from app.data.base import Split
from app.data.digits import NAMES as DIGITS

FASHION = (
    "T-shirt",
    "pair of trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

Fetch = Callable[[str], tuple[np.ndarray, np.ndarray]]
"""Returns a table's pixels (n, channels * edge * edge) in 0..255 and its class numbers (n,), perhaps as text."""


@dataclass(frozen=True)
class Table:
    """One table on OpenML. channels: 1 or 3, one whole plane after the other. train: how many rows come first."""

    openml_name: str
    channels: int
    edge: int
    classes: tuple[str, ...]
    train: float


TABLES: Registry[Table] = Registry(
    "OpenML picture set",
    mnist=Table("mnist_784", 1, 28, DIGITS, train=6 / 7),
    fashion=Table("Fashion-MNIST", 1, 28, FASHION, train=6 / 7),
    cifar10=Table("CIFAR_10", 3, 32, CIFAR, train=5 / 6),
)


def fetch_from_openml(openml_name: str) -> tuple[np.ndarray, np.ndarray]:
    """Download a table, or read it from scikit-learn's cache; raises BadData where neither is possible."""
    from sklearn.datasets import fetch_openml  # heavy: takes a second, and only this function needs it

    try:
        fetched = fetch_openml(openml_name, version=1, as_frame=False, n_retries=0)
    except (OSError, ValueError) as error:
        raise BadData(
            f"'{openml_name}' can't be fetched from openml.org: {error or type(error).__name__}.",
            hint="Connect to the internet for the first use, or choose scenes, photos or digits, which need none.",
        ) from error
    return fetched.data, fetched.target


def open_openml(name: str, split: Split, side: int, fetch: Fetch = fetch_from_openml) -> ArraySet:
    """Open one split of `mnist`, `fashion` or `cifar10`; captions such as 'a frog', classes 0..9.

    The split follows the order of the table, whose last rows are the customary test set of 10,000.
    """
    table = TABLES[name]
    features, targets = fetch(table.openml_name)
    if features.ndim != 2 or features.shape[1] != table.channels * table.edge**2 or len(features) != len(targets):
        raise BadData(
            f"'{table.openml_name}' came as {features.shape}, not as pictures of {table.edge} x {table.edge}.",
            hint="The table may have changed on openml.org; choose another data set.",
        )
    cut = round(len(features) * table.train)
    rows = slice(0, cut) if split == "train" else slice(cut, None)
    return _convert(table, f"openml:{name}", side, features[rows], targets[rows])


def _convert(table: Table, name: str, side: int, features: np.ndarray, targets: np.ndarray) -> ArraySet:
    """Turn rows of numbers into pictures; grey becomes three equal channels without a copy."""
    planes = np.asarray(features).astype(np.uint8).reshape(-1, table.channels, table.edge, table.edge)
    pixels = np.broadcast_to(planes, (len(planes), 3, table.edge, table.edge))
    classes = np.asarray(targets).astype(np.int64)
    return ArraySet(name, side, pixels, [with_article(table.classes[each]) for each in classes], classes)
