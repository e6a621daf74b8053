"""Of two runs of a part for one visitor the later one counts: the earlier stops when it next has something to show."""

from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import TypeVar

Frame = TypeVar("Frame")
MOST = 500
"""Visitors that are remembered; whoever came earlier is forgotten, and their unfinished run stops."""


class Turns:
    """Which run of a part is the newest, by visitor."""

    def __init__(self) -> None:
        self._newest: OrderedDict[str, int] = OrderedDict()
        self._count, self._lock = 0, Lock()

    def take(self, visitor: str, frames: Iterator[Frame], nothing: Frame) -> Iterator[Frame]:
        """Yield the frames of a run until the visitor has begun another one; then `nothing`, which changes nothing.

        Gradio shows the last frame of a run again when it ends, and empties everything if there was none.
        """
        with self._lock:
            self._count += 1
            turn = self._newest[visitor] = self._count
            self._newest.move_to_end(visitor)
            while len(self._newest) > MOST:
                self._newest.popitem(last=False)
        for frame in frames:
            if self._newest.get(visitor) != turn:
                yield nothing
                return
            yield frame
