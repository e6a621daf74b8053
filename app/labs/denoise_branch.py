"""Branch a run: from any step, continue with another caption, seed or guidance. The branches make a growing tree.

A tree belongs to one visitor and is never changed: `grow` returns a larger one. The list of its branches (`specs`) is
all that is needed to make it again.
"""

import json
from dataclasses import dataclass, fields, replace
from string import ascii_letters, digits

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from app.core.errors import BadRequest
from app.core.pictures import to_bytes
from app.core.randomness import MOST_SEED, make_generator, normal
from app.core.runtime import Runtime
from app.data.scenes import WORDS
from app.diffusion.schedule import SCHEDULES
from app.evaluation.sampling import decode_samples, starting_noise
from app.labs.denoise import MOST_GUIDANCE, Asked, DenoiseRequest, check_range, run_steps
from app.labs.prompt import Work, counted, finished, spread_over
from app.models.text import tokenise
from app.store.catalogue import LoadedDenoiser

MOST_BRANCHES, MOST_STEPS = 8, 20
MOST_CHARACTERS = 400
"""Of the text that stands for a tree: it has to fit into an address."""
WORD_OF = dict(zip(ascii_letters + digits, WORDS, strict=False))
"""The word that a letter of a short caption stands for: eight captions would not fit into an address as they are."""
LETTER_OF = {word: letter for letter, word in WORD_OF.items()}


@dataclass(frozen=True)
class BranchSpec:
    """Continue node `parent` after `step` of its steps, 0 to one less than all.

    seed: None keeps the latent as it is there; a number replaces the noise in it by other noise: the expected clean
    sample is kept and noised again to the same level (at step 0 that is another start altogether).
    """

    parent: int
    step: int
    caption: str
    guidance: float = 3.0
    seed: int | None = None

    def __post_init__(self) -> None:
        check_range("guidance weight", self.guidance, 0.0, MOST_GUIDANCE)
        check_range("step to branch at", self.step, 0, 99)
        check_range("number of the branch", self.parent, 0, MOST_BRANCHES)
        if self.seed is not None:
            check_range("seed", self.seed, 0, MOST_SEED)


@dataclass(frozen=True, eq=False)
class Node:
    """A run. Rows before the branch are the parent's. spec: None for the root.

    x: the sample at every moment, n + 1 rows; x0: what was expected at each step, n rows. decoded: that through the
    decoder, and at last the finished picture, as bytes, because a visitor may have many.
    """

    spec: BranchSpec | None
    caption: str
    x: Float[Tensor, "m c h w"]
    x0: Float[Tensor, "n c h w"]
    decoded: UInt8[np.ndarray, "m 3 H W"]


@dataclass(frozen=True, eq=False)
class Tree:
    """nodes[0] is the run that all others branch off, directly or not. levels: the schedule step of each moment."""

    request: DenoiseRequest
    levels: tuple[int, ...]
    nodes: tuple[Node, ...]

    @property
    def specs(self) -> tuple[BranchSpec, ...]:
        """All branches, in the order in which they grew."""
        return tuple(node.spec for node in self.nodes if node.spec is not None)


def plant(model: LoadedDenoiser, request: DenoiseRequest, runtime: Runtime) -> Tree:
    """Run the root, of at most MOST_STEPS steps. Its sampler, steps and eta are those of every branch."""
    return finished(plant_steps(model, request, runtime))


def plant_steps(model: LoadedDenoiser, request: DenoiseRequest, runtime: Runtime) -> Work[Tree]:
    """The same, step by step."""
    check_range("number of steps", request.steps, 1, MOST_STEPS)
    start = starting_noise(model, [request.seed])
    run = run_steps(model, [request.caption], [request.seed], start, request, runtime)
    asked = yield from counted(run, request.steps)
    x, x0 = _stacked(asked)
    root = Node(None, request.caption, x, x0, _decoded(model, x0, x, runtime))
    return Tree(request, (*(each.t for each in asked), 0), (root,))


def grow(model: LoadedDenoiser, tree: Tree, spec: BranchSpec, runtime: Runtime) -> Tree:
    """Return the tree with one more branch. Raises BadRequest if there is no such place, or the tree is full."""
    return finished(grow_steps(model, tree, spec, runtime))


def grow_steps(model: LoadedDenoiser, tree: Tree, spec: BranchSpec, runtime: Runtime) -> Work[Tree]:
    """The same, step by step."""
    check_branch(model, tree, spec)
    parent, k = tree.nodes[spec.parent], spec.step
    start = parent.x[k : k + 1] if spec.seed is None else _other_noise(model, tree, spec)
    seed = tree.request.seed if spec.seed is None else spec.seed
    request = replace(tree.request, guidance=spec.guidance)
    level, steps = tree.levels[k], tree.request.steps - k
    run = run_steps(model, [spec.caption], [seed], start, request, runtime, start_t=level, steps=steps)
    rest = yield from counted(run, steps)
    x, x0 = _stacked(rest)
    decoded = np.concatenate([parent.decoded[:k], _decoded(model, x0, x, runtime)])
    node = Node(spec, spec.caption, torch.cat([parent.x[:k], x]), torch.cat([parent.x0[:k], x0]), decoded)
    return replace(tree, nodes=(*tree.nodes, node))


def check_branch(model: LoadedDenoiser, tree: Tree | None, spec: BranchSpec) -> None:
    """Raise a LabError if the tree can have no such branch: it is full, has no such place, or a word is unknown."""
    if tree is None:
        raise BadRequest("There is no tree yet.", hint="Plant one.")
    if len(tree.nodes) > MOST_BRANCHES:
        raise BadRequest(f"The tree has {MOST_BRANCHES} branches.", hint="Start a new one.")
    if not (spec.parent < len(tree.nodes) and spec.step < tree.request.steps):
        raise BadRequest(
            f"The tree has no branch {spec.parent} with a step {spec.step}.",
            hint=f"Branches are 0 to {len(tree.nodes) - 1}, steps 0 to {tree.request.steps - 1}.",
        )
    tokenise([spec.caption], model.network.config.text)


def _stacked(asked: list[Asked]) -> tuple[Tensor, Tensor]:
    """Return the sample at every moment, the end too, and what was expected at each step."""
    x = torch.cat([*(each.x for each in asked), asked[-1].state.x])
    return x, torch.cat([each.state.x0 for each in asked])


def _decoded(
    model: LoadedDenoiser, x0: Float[Tensor, "n c h w"], x: Float[Tensor, "m c h w"], runtime: Runtime
) -> UInt8[np.ndarray, "m 3 H W"]:
    """Decode what was expected at each step, and the end, in one batch."""
    return to_bytes(decode_samples(model, torch.cat([x0, x[-1:]]), runtime))


def _other_noise(model: LoadedDenoiser, tree: Tree, spec: BranchSpec) -> Float[Tensor, "1 c h w"]:
    parent, k = tree.nodes[spec.parent], spec.step
    if k == 0:
        return starting_noise(model, [spec.seed or 0])
    noise = normal(tuple(parent.x.shape[1:]), make_generator(spec.seed or 0, "branch", k))[None]
    signal = float(SCHEDULES[model.network.config.schedule]().alpha_bar[tree.levels[k]])
    return signal**0.5 * parent.x0[k : k + 1] + (1 - signal) ** 0.5 * noise


def specs_to_text(specs: tuple[BranchSpec, ...]) -> str:
    """Write branches as a text that fits into an address; '' for none. Raises BadRequest when it would be too long.

    A caption of words that all have a letter is a list of one text, a letter a word; any other stands as it is.
    """
    rows = [[spec.parent, spec.step, _shortened(spec.caption), spec.guidance, spec.seed] for spec in specs]
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False) if specs else ""
    if len(text) > MOST_CHARACTERS:
        raise BadRequest("The tree has grown too large for an address.", hint="Start a new one.")
    return text


def specs_from_text(text: str) -> tuple[BranchSpec, ...]:
    """Read what specs_to_text wrote; raises BadRequest for anything else, as an address is typed by anybody."""
    try:
        rows = json.loads(text[: MOST_CHARACTERS + 1] or "[]")
        return tuple(_spec(row) for row in rows[:MOST_BRANCHES])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise BadRequest("These branches cannot be read.", hint="Start a new tree.") from error


def _shortened(caption: str) -> str | list[str]:
    words = caption.split(" ")
    return ["".join(LETTER_OF[word] for word in words)] if LETTER_OF.keys() >= set(words) else caption


def _caption(letters: str) -> str:
    return " ".join(WORD_OF[letter] for letter in letters)


def _spec(row: object) -> BranchSpec:
    if not isinstance(row, list) or len(row) != len(fields(BranchSpec)):
        raise ValueError(row)
    parent, step, written, guidance, seed = row
    caption = _caption(*written) if isinstance(written, list) else written
    whole = [parent, step] if seed is None else [parent, step, seed]
    if not all(type(value) is int for value in whole) or not isinstance(caption, str):
        raise ValueError(row)
    return BranchSpec(parent, step, caption, float(guidance), seed)


def make_tree(
    model: LoadedDenoiser, request: DenoiseRequest, specs: tuple[BranchSpec, ...], runtime: Runtime, known: Tree | None
) -> Tree:
    """Return the tree with all branches, grown from `known` if that is its beginning."""
    return finished(make_tree_steps(model, request, specs, runtime, known))


def make_tree_steps(
    model: LoadedDenoiser, request: DenoiseRequest, specs: tuple[BranchSpec, ...], runtime: Runtime, known: Tree | None
) -> Work[Tree]:
    """The same, step by step; a run counts as much as any other."""
    fits = known is not None and known.request == request and known.specs == specs[: len(known.specs)]
    tree = known if fits else None
    runs = 1 + len(specs) - (len(tree.nodes) if tree else 0)
    if tree is None:
        tree = yield from spread_over((0, 1 / runs), plant_steps(model, request, runtime))
    for spec in specs[len(tree.specs) :]:
        done = runs - len(specs) + len(tree.specs)
        tree = yield from spread_over((done / runs, (done + 1) / runs), grow_steps(model, tree, spec, runtime))
    return tree
