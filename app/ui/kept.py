"""Results that are asked for again: the same request of two visitors, a download of what is on the screen.

A key holds everything that a result depends on, a visitor's picture as a hash of its bytes, so nobody can be given
what another one sent.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from PIL import Image

Result = TypeVar("Result")
Told = TypeVar("Told")
MOST = 64
"""Results kept; the one unused for longest goes first."""


@dataclass(frozen=True, eq=False)
class Kept:
    """A bounded store of results by key. Two that ask at once may both compute: that is slower, never wrong."""

    most: int = MOST
    _results: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        """Return the result of a key, computed now if it is not kept."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        result = compute()
        with self._lock:
            self._results[key] = result
            while len(self._results) > self.most:
                self._results.popitem(last=False)
        return result

    def find(self, key: Hashable) -> Any:
        """Return the result of a key, None if none is kept."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def run(self, key: Hashable, steps: Callable[[], Generator[Told, None, Result]]) -> Generator[Told, None, Result]:
        """Return the result of a key; where none is kept, let the steps tell how far they are, and keep their result.

        Steps that are refused or left keep nothing, and so take no other result's place.
        """
        known = self.find(key)
        if known is not None:
            return known
        result = yield from steps()
        return self.get(key, lambda: result)


def picture_key(picture: Image.Image | None) -> str:
    """Return what stands for a picture in a key: a hash of its size and pixels, '' for none."""
    if picture is None:
        return ""
    return hashlib.sha256(repr((picture.size, picture.mode)).encode() + picture.tobytes()).hexdigest()
