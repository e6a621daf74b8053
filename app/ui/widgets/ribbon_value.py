"""Values of the widgets `ribbon` and `scrubber`: the whole model with true shapes, and a run moment by moment."""

from collections.abc import Mapping
from typing import NamedTuple

from app.figures.parts import MEASURED_NOW
from app.figures.pass_through import pass_stages, pass_stations
from app.figures.pipeline import Stage, Station, ribbon_stages, ribbon_stations
from app.figures.sheets import Sprites
from app.labs.pass_through import PassResult
from app.labs.pipeline import Moments, PipelineResult
from app.ui.widgets.base import as_file, packed, png_bytes, png_uri
from app.ui.widgets.values import Json, clock


class Door(NamedTuple):
    """Where a station leads: the address of its lab, and what the button says."""

    opens: str
    says: str


Doors = Mapping[str, Door]


def ribbon_value(result: PipelineResult, doors: Doors) -> Json:
    """Value of the widget `ribbon` for a generated picture."""
    stations, stages = ribbon_stations(result), ribbon_stages(result)
    total = f"{clock(result.seconds.total)} from caption to picture"
    return _ribbon("generate", stations, stages, doors, total)


def pass_value(result: PassResult, doors: Doors) -> Json:
    """Value of the widget `ribbon` for a picture that went through the model."""
    mix = f"+ noise, up to step {result.level:,}" if result.level else "no noise at all"
    total = f"{clock(result.seconds.total)} from picture to picture"
    return _ribbon("pass", pass_stations(result), pass_stages(result), doors, total, mix)


def _ribbon(
    mode: str, stations: dict[str, Station], stages: dict[str, Stage], doors: Doors, total: str, mix: str = ""
) -> Json:
    value = {
        "mode": mode,
        "mix": mix,
        "stations": {name: _station(name, station, doors.get(name)) for name, station in stations.items()},
        "stages": {name: {**_stage(stage), **_door(doors.get(name))} for name, stage in stages.items()},
        "times": [{**_stage(stage), "share": stage.seconds} for stage in stages.values()],
        "total": total,
        "fewer": _comparison(stations["picture"], stations["end"]),
        "stamp": MEASURED_NOW,
    }
    return packed(value)


def _station(name: str, station: Station, door: Door | None) -> Json:
    return {
        "title": station.title,
        "kind": station.kind,
        "shape": " × ".join(map(str, station.shape)),
        "axes": station.axes,
        "numbers": "tokens" if name == "words" else f"{station.numbers:,} numbers",
        "pictures": [png_uri(picture) for picture in station.pictures],
        "words": list(station.words),
        "alt": station.alt,
        **_door(door),
    }


def _door(door: Door | None) -> Json:
    return {"opens": door.opens if door else "", "says": door.says if door else ""}


def _stage(stage: Stage) -> Json:
    return {"title": stage.title, "kind": stage.kind, "time": clock(stage.seconds), "note": stage.note}


def _comparison(picture: Station, latent: Station) -> str:
    times = picture.numbers / latent.numbers
    if times == 1:
        return "The denoiser works on the pixels themselves."
    return f"The denoiser handles {latent.numbers:,} numbers instead of {picture.numbers:,}: {times:g} times fewer."


def scrubber_value(sprites: Sprites, moments: Moments, in_latents: bool) -> Json:
    """Value of the widget `scrubber`; `sprites` is what figures.pipeline.moment_sprites draws of the moments."""
    kind, what = ("latent", "latent") if in_latents else ("pixel", "pixels")
    steps = moments.done[-1]  # of a long run not every step is among the moments
    value = {
        "tile": sprites.tile,
        "views": [
            {"title": f"Noisy {what}", "kind": "noise"},
            {"title": f"Clean {what}, as expected", "kind": kind},
            {"title": "The expectation, decoded", "kind": "decoder"},
        ],
        "moments": [
            {"done": done, "signal": f"{signal:.0%}", "saying": _saying(done, steps, signal)}
            for done, signal in zip(moments.done, moments.signal, strict=True)
        ],
        "steps": steps,
        "stamp": MEASURED_NOW,
    }
    return packed(value, sheet=as_file(png_bytes(sprites.sheet)))


def _saying(done: int, steps: int, signal: float) -> str:
    if done == steps:
        return "All noise is gone: the latent is decoded into the picture."
    if signal < 0.001:
        return f"Pure noise, signal {signal:.1%}: what the denoiser already expects comes from the caption alone."
    return f"Signal {signal:.0%}, noise {1 - signal:.0%} of the power."
