"""Value of the widget `maps`: pictures of arrays with their numbers: pointing at them asks the server nothing."""

import base64

import numpy as np

from app.figures.value_maps import MapSet, ValueMap, ValueMaps
from app.ui.widgets.base import packed, png_uri
from app.ui.widgets.values import Json


def maps_value(maps: ValueMaps) -> Json:
    """Return the value; an array travels as its float32 bytes."""
    cell = None if maps.cell is None else [index // maps.block for index in maps.cell]
    sets = [_set(one) for one in maps.sets]
    return packed({"sets": sets, "rows": maps.rows, "columns": maps.columns, "block": maps.block, "cell": cell})


def _set(one: MapSet) -> Json:
    bar, legend = png_uri(one.legend.bar), one.legend
    return {
        "title": one.title,
        "note": one.note,
        "stamp": one.stamp,
        "unit": one.unit,
        "legend": {"bar": bar, "low": legend.low, "middle": legend.middle, "high": legend.high},
        "maps": [_map(each) for each in one.maps],
    }


def _map(one: ValueMap) -> Json:
    numbers = base64.b64encode(np.ascontiguousarray(one.values, dtype="<f4").tobytes()).decode("ascii")
    return {"title": one.title, "kind": one.kind, "src": png_uri(one.picture), "alt": one.alt, "values": numbers}
