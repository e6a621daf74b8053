"""Claim 11: what a run settles first, and how much of the visible detail is in its latent already."""

import numpy as np
from jaxtyping import Float

from app.core.errors import BadCheckpoint
from app.data.scenes import LABEL_TABLES
from app.evaluation.claims.material import (
    ATTRIBUTES,
    COLUMNS,
    USUAL,
    Pictures,
    attribute_rates,
    bands,
    centred,
    mean_figures,
    rate_figures,
)
from app.evaluation.claims.statistics import HALF, Hits, Values, exceeds, larger, numbers
from app.evaluation.claims.study import Study
from app.evaluation.claims.verdict import Check, Figure, Finding, Outcome, conclude, every, unmet
from app.evaluation.frequency import split_error

COMPOSITION, DETAIL = ("background", "place", "colour"), ("kind", "texture")
EARLIER = 1.0
"""Steps of 20 by which composition must be decided before detail: less than one step is no order."""
HALFWAY = 0.5
"""Share of the run after which a blueprint must stand to be called one."""
PLAIN = LABEL_TABLES["texture_a"].index("plain")


def blueprint_first(study: Study) -> Finding:
    """Read the clean picture that is expected at each step; then take the finished latent for the picture itself.

    A decision falls when the reading stays as it ends. A texture is decided only where the picture ends with one: a
    blurred picture reads as plain, so that plain things would seem to be decided at once.
    """
    model, scenes = study.catalogue.denoiser("generator"), study.scenes
    if model.vae is None:
        raise BadCheckpoint("The generator works on pixels: it has no VAE.", hint="Train the recipe `generator`.")
    run = study.run(model, scenes.captions)
    readings = np.stack([study.read(study.decoded(model, x0)) for x0 in run.x0])
    decided = dict(zip(ATTRIBUTES, settled(readings).T, strict=True))
    textured = readings[-1][:, COLUMNS["texture"]] != PLAIN
    counted = {name: values[textured] if name == "texture" else values for name, values in decided.items()}
    rows = [(f"{name}: decided after", values) for name, values in counted.items() if len(values)]
    figures = mean_figures(rows, f"of {USUAL.steps} steps", 1)
    figures += rate_figures("at the end, as asked", attribute_rates(scenes.labels, readings[-1]))
    decoded, mapped = study.decoded(model, run.last), study.linear_map(model.vae).pictures(run.last)
    power, missing = bands(decoded)[1], fine_error(decoded, mapped)
    figures += [
        Figure("fine power that a linear map of the latent shows", f"{_shown(power, missing):.1%} (n = {len(power)})")
    ]
    return conclude(figures, [*order_checks(decided, textured), detail_check(power, missing)])


def order_checks(decided: dict[str, Values], textured: Hits) -> list[Check]:
    """Core: composition before detail, and standing halfway. A limit: an attribute of detail that comes first.

    textured: the pictures that end with a texture, the only ones for which its step counts.
    """
    early = np.mean([decided[name] for name in COMPOSITION], axis=0)
    late = np.where(textured, (decided["kind"] + decided["texture"]) / 2, decided["kind"])
    half = HALFWAY * USUAL.steps
    later: dict[str, Outcome] = {}
    for fine in DETAIL:
        rows = textured if fine == "texture" else np.ones_like(textured)
        for coarse in COMPOSITION:
            first, second = decided[fine][rows], decided[coarse][rows]
            later[f"{fine} ({_mean_step(first)}) than {coarse} ({_mean_step(second)})"] = larger(first, second)
    return [
        Check(
            f"background, place and colour stand after {early.mean():.1f} of {USUAL.steps} steps, kind and, where "
            f"there is one, texture after {late.mean():.1f}",
            f"more than {EARLIER:.0f} step apart, the first by step {half:.0f}",
            every([larger(late, early, EARLIER), exceeds(-early, -half)]),
        ),
        Check(f"not later, in mean steps: {unmet(later)}", "each of detail later", every(later.values()), core=False),
    ]


def _mean_step(steps: Values) -> str:
    return f"{steps.mean():.1f}" if len(steps) else "no picture has one"


def detail_check(power: Values, missing: Values) -> Check:
    """Core: most of the fine waves come with the decoder. Both in squared units of [-1, 1], of each picture.

    power: of the decoded picture's fine waves; missing: of their difference to what the linear map shows.
    """
    seen = f"a linear map of the finished latent shows {_shown(power, missing):.0%} of the decoded picture's fine waves"
    return Check(seen, f"less than {HALF:.0%}", exceeds(missing - (1 - HALF) * power, 0.0))


def _shown(power: Values, missing: Values) -> float:
    return 1 - float(missing.sum()) / max(float(power.sum()), 1e-12)


def fine_error(pictures: Pictures, copies: Pictures) -> Values:
    """Return the power of the difference in waves shorter than 8 pixels."""
    return numbers(split_error(centred(pictures), centred(copies))[1])


def settled(readings: np.ndarray) -> Float[np.ndarray, "n attributes"]:
    """Return the step, from 1, at which each attribute is first read as it stays to the end.

    readings: (steps, n, label columns), class numbers.
    """
    kept = readings[:, :, list(COLUMNS.values())] == readings[-1:, :, list(COLUMNS.values())]
    stays = np.flip(np.logical_and.accumulate(np.flip(kept, axis=0), axis=0), axis=0)
    return (len(readings) - stays.sum(axis=0) + 1).astype(np.float64)
