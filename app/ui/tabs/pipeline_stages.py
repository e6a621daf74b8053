"""Pipeline, part 'stages': the same captions and seeds with every stage, then with one left out at a time."""

from collections.abc import Generator, Iterator
from typing import Any

from app.evaluation.claims.linear_map import LinearMap, fit_linear_map
from app.figures.exports import chart_csv
from app.figures.latents import groups_png
from app.figures.leave_out import CANDIDATES, arm_chart, arm_facts, arm_groups
from app.labs.leave_out import LeaveOutRequest, LeaveOutResult, leave_out_stages
from app.labs.snippets_pipeline import stages_code
from app.store.catalogue import LoadedDenoiser, LoadedJudge
from app.ui.layout import columns, guess_row
from app.ui.part import Download, Part, Progress, Values
from app.ui.services import Services
from app.ui.tabs.pipeline_source import SHARED, TAB, Source, finished, request_of
from app.ui.widgets.base import widget
from app.ui.widgets.values import charts_value, panels_value


def build_stages(services: Services, source: Source) -> Part:
    """Lay out the part: before the guess there are the pictures with every stage; the others come with the answer."""
    with columns(4, 8) as (left, right):
        with left:
            guess, reveal = guess_row(f"{TAB}-stages", "The judge still finds most of the caption", list(CANDIDATES))
            facts = widget("panels", elem_id="pipeline-stages-facts")
            chart = widget("chart", elem_id="pipeline-stages-chart")
        with right:
            panels = widget("panels", elem_id="pipeline-stages-panels")

    def run(values: Values) -> Iterator[Any]:
        for step in _measured(services, values):
            yield step if isinstance(step, Progress) else _shown(step, values["guess"])

    def result(values: Values) -> LeaveOutResult:
        return finished(_measured(services, values))

    return Part(
        TAB,
        "stages",
        settings=source.settings,
        outputs=[facts, chart, panels],
        run=run,
        code=lambda values: stages_code(
            LeaveOutRequest(request_of(values)), str(values["model"]), _judge(services) is not None
        ),
        downloads={
            "PNG": lambda values: Download("stages.png", groups_png(arm_groups(result(values)))),
            "CSV": lambda values: Download("stages.csv", _csv(result(values))),
        },
        shared=SHARED,
        guess=guess,
        reveal=reveal,
    )


def _judge(services: Services) -> LoadedJudge | None:
    return services.catalogue.judge() if "judge" in services.catalogue.names("judge") else None


def _linear_map(services: Services, model: LoadedDenoiser) -> LinearMap | None:
    """Return the map for the model's VAE, found once; None for a model that has none."""
    vae = model.vae
    if vae is None:
        return None
    return services.kept.get(("linear map", vae.card.weights_sha256), lambda: fit_linear_map(vae, services.runtime))


def _measured(services: Services, values: Values) -> Iterator[Progress | LeaveOutResult]:
    request, name = LeaveOutRequest(request_of(values)), str(values["model"])

    def leave_out() -> Generator[Progress, None, LeaveOutResult]:
        model, judge = services.catalogue.denoiser(name), _judge(services)
        yield Progress("a linear map of the latent, found once", 0.0)
        linear = _linear_map(services, model)
        for stage in leave_out_stages(model, judge, request, services.runtime, linear):
            if stage.result is not None:
                return stage.result
            yield Progress("two runs of four pictures: with the caption, and without it", stage.done)
        raise AssertionError("the last stage has the result")

    yield (yield from services.kept.run(("leave out", name, request), leave_out))


def _shown(result: LeaveOutResult, guess: str | None) -> list[Any]:
    groups, chart = arm_groups(result), arm_chart(result, revealed=guess is not None)
    charts, facts = charts_value([] if chart is None else [chart]), panels_value([], arm_facts(result, guess))
    return [facts, charts, panels_value(groups if guess is not None else groups[:1], [])]


def _csv(result: LeaveOutResult) -> bytes:
    chart = arm_chart(result)
    return chart_csv([] if chart is None else [chart])
