"""Denoise, part 'branch': a visitor's own tree of runs; from any step on with another caption, noise or guidance."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import gradio as gr
from gradio.components import Component

from app.core.errors import BadRequest, LabError
from app.figures.denoise import TILE
from app.figures.denoise_experiments import tree_rows, tree_sheet
from app.figures.exports import npz_bytes
from app.figures.parts import MEASURED_NOW
from app.labs.denoise import DenoiseRequest
from app.labs.denoise_branch import (
    MOST_BRANCHES,
    MOST_STEPS,
    BranchSpec,
    Tree,
    check_branch,
    make_tree_steps,
    specs_from_text,
    specs_to_text,
)
from app.labs.prompt import finished
from app.labs.snippets_denoise import branch_code
from app.ui.caption_input import caption_box
from app.ui.errors import show_note
from app.ui.events import ON_CPU
from app.ui.layout import columns, seed_box
from app.ui.part import Download, Part, Progress, Values, working
from app.ui.services import Services
from app.ui.settings import checked
from app.ui.tabs.denoise_common import (
    NO_MODEL,
    TAB,
    latent_denoisers,
    sampling_widgets,
    say_missing,
    vocabulary_of,
)
from app.ui.widgets.base import as_file, packed, png_bytes, webp_bytes, widget
from app.ui.widgets.values import Json

KEEP = "the noise that is there"
OTHER = "other noise, by the seed below"
CHANGED = "a large striped yellow heart at the top left on a blue background"


def build_branch(services: Services) -> Part | None:
    """Lay out the part. The branches are a text that an address holds; the tree itself is the visitor's own state."""
    models = latent_denoisers(services)
    if not models:
        return say_missing(NO_MODEL)
    with columns() as (left, right):
        with left:
            gr.Markdown("**The next branch**", elem_classes="lab-note")
            words, label = vocabulary_of(services, models[0]), "Go on with this caption"
            caption = caption_box(CHANGED, elem_id="denoise-branch-next", label=label, words=words)
            weight = gr.Slider(0.0, 12.0, 3.0, step=0.5, label="Guidance from there", elem_id="denoise-branch-weight")
            noise = gr.Radio([KEEP, OTHER], value=KEEP, label="Noise", elem_id="denoise-branch-noise")
            seed = seed_box(1, "denoise-branch-other", label="Seed of other noise")
            with gr.Accordion("The first run", open=False, elem_id="denoise-branch-root"):
                settings = sampling_widgets("branch", words, steps=10, most=MOST_STEPS)
                replant = gr.Button("Plant a new tree", elem_id="denoise-branch-plant")
            root = dict(settings)
            settings["branches"] = gr.Textbox("", label="branches", visible="hidden", elem_id="denoise-branch-specs")
        with right:
            view = widget("tree", elem_id="denoise-branch-tree")
    following: dict[str, Any] = {"caption": caption, "guidance": weight, "noise": noise, "seed": seed}
    for one in following.values():
        one.preprocess = lambda sent: sent  # checked below, also without the page
    tree, changes, show = gr.State(None), gr.State(0), _Branch(services, models[0], root, following)
    written, sent = settings["branches"], [*following.values(), *root.values()]
    view.branch(show.on_branch, [tree, written, changes, *sent], [written, changes], **ON_CPU)
    anew: list[Any] = [replant.click, settings["caption"].submit]  # type: ignore[attr-defined]
    gr.on(anew, lambda count: ("", count + 1), changes, [written, changes], **ON_CPU)
    return Part(
        TAB,
        "branch",
        settings=settings,
        outputs=[view, tree],
        run=show.run,
        code=lambda values: branch_code(request_of(values), specs_from_text(values["branches"]), models[0]),
        downloads={"PNG": show.png, "NPZ": show.npz},
        extras={"tree": tree},
        triggers=[changes.change],
    )


def request_of(values: Values) -> DenoiseRequest:
    """Return the request of the first run."""
    return DenoiseRequest(values["caption"], values["seed"], values["steps"], values["guidance"])


class _Branch:
    """What the events call; the tree comes in with the visitor's state and goes out to it.

    root: the widgets of the first run; following: those of the next branch.
    """

    def __init__(
        self, services: Services, model: str, root: Mapping[str, Component], following: Mapping[str, Component]
    ) -> None:
        self.services, self.model, self.root, self.following = services, model, root, following

    def run(self, values: Values) -> Iterator[Progress | list[Any]]:
        """Let the tree grow to what the branches say, from what has grown already."""
        tree = yield from self._growing(values)
        yield [tree_value(tree), tree]

    def _growing(self, values: Values) -> Generator[Progress, None, Tree]:
        known = values["tree"] if isinstance(values["tree"], Tree) else None
        specs, model = specs_from_text(values["branches"]), self.services.catalogue.denoiser(self.model)
        work = make_tree_steps(model, request_of(values), specs, self.services.runtime, known)
        return working(work, f"a tree of {len(specs) + 1} {'runs' if specs else 'run'}")

    def _tree(self, values: Values) -> Tree:
        return finished(self._growing(values))

    def on_branch(self, event: gr.EventData, tree: Any, written: str, changes: int, *sent: Any) -> Any:
        """Write one more branch at the thumbnail that was chosen, if it can be one.

        sent: the settings of the branch, then those of the first run, which must be the one on the screen.
        """
        try:
            count = len(self.following)
            self._check_root(tree, sent[count:])
            specs = specs_from_text(str(written or ""))
            spec = self._spec(event, checked(self.following, sent[:count]))
            model = self.services.catalogue.denoiser(self.model)
            check_branch(model, tree if isinstance(tree, Tree) else None, spec)
            return specs_to_text((*specs, spec)), changes + 1
        except LabError as error:
            show_note(error)
            return gr.skip(), gr.skip()

    def _spec(self, event: gr.EventData, chosen: Values) -> BranchSpec:
        place = event._data if isinstance(event._data, dict) else {}
        other = chosen["seed"] if chosen["noise"] == OTHER else None
        node, step = _whole(place.get("node")), _whole(place.get("step"))
        return BranchSpec(node, step, chosen["caption"], chosen["guidance"], other)

    def _check_root(self, tree: Any, sent: Sequence[Any]) -> None:
        if isinstance(tree, Tree) and tree.request != request_of(checked(self.root, sent)):
            raise BadRequest(
                "'The first run' was changed, and this tree still grows from the old one.",
                hint="Plant a new tree, or set the first run back.",
            )

    def png(self, values: Values) -> Download:
        """The tree on one sheet: a row a branch, a column a step."""
        return Download("tree.png", png_bytes(tree_sheet(self._tree(values))))

    def npz(self, values: Values) -> Download:
        """The samples of every branch at every moment."""
        nodes = self._tree(values).nodes
        return Download("tree.npz", npz_bytes({f"branch_{n}": node.x for n, node in enumerate(nodes)}))


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else -1


def tree_value(tree: Tree) -> Json:
    """Value of the widget `tree`."""
    data = {
        "tile": TILE,
        "steps": tree.request.steps,
        "rows": [asdict(row) for row in tree_rows(tree)],
        "full": len(tree.nodes) > MOST_BRANCHES,
        "stamp": MEASURED_NOW,
    }
    return packed(data, sheet=as_file(webp_bytes(tree_sheet(tree)), "sheet.webp"))
