"""The one training loop: a generator of step reports. To stop early, stop iterating."""

import math
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from app.core.errors import BadRequest, TrainingFailed
from app.core.runtime import Runtime
from app.training.config import TrainConfig
from app.training.optimiser import make_optimisers
from app.training.task import Loss, Task, share_of

PACE_STEPS = 50


@dataclass(frozen=True)
class StepReport:
    """What one optimiser step did; made after the update, so an average taken now has the new weights.

    loss and parts are means over the samples of all processes. seconds: see Run.wall_seconds.
    samples_per_second and seconds_left: at the pace of the last PACE_STEPS steps.
    """

    step: int
    steps: int
    loss: float
    parts: dict[str, float]
    gradient_norm: float
    learning_rate: float
    samples_per_second: float
    seconds: float
    seconds_left: float


class Run:
    """Everything that changes while training: weights, their float32 master, optimiser, average, step.

    In bfloat16 the model's weights are rounded copies of the master; the optimiser and the average see the master.
    fixed: the frozen weights, as they were given. whole: False while an update is half done, and after one that broke
    the weights: not to be saved then.
    seconds: of the optimiser steps alone. begun: when this session began, by time.perf_counter(), such as before
    examples were encoded; None: now. earlier_seconds: wall clock of the sessions before.
    """

    def __init__(self, task: Task, config: TrainConfig, runtime: Runtime, begun: float | None = None) -> None:
        self.task, self.config, self.runtime = task, config, runtime
        self.step, self.seconds, self.whole = 0, 0.0, True
        self.begun, self.earlier_seconds = time.perf_counter() if begun is None else begun, 0.0
        self.fixed = {
            name: weight.detach().float().clone()
            for name, weight in task.model.named_parameters()
            if not weight.requires_grad
        }
        self.model = runtime.place(task.model).train()
        self.weights = [weight for weight in self.model.parameters() if weight.requires_grad]
        rounded = runtime.dtype != torch.float32
        self.master = [weight.detach().float().clone() if rounded else weight for weight in self.weights]
        self.average = [weight.detach().float().clone() for weight in self.weights]
        self.optimisers = make_optimisers(self.master, config, runtime.dtype)

    @property
    def wall_seconds(self) -> float:
        """Wall clock of the training up to now, over all sessions, with what is done before and between the steps."""
        return self.earlier_seconds + time.perf_counter() - self.begun

    def update(self, loss: Loss) -> float:
        """Take one optimiser step; returns the gradient's norm before clipping.

        Raises TrainingFailed, with nothing changed, if the gradient is not finite; and if the step makes the weights
        so, which leaves the run not whole.
        """
        for weight in self.weights:
            weight.grad = None
        loss.total.backward()
        norm = self._clipped_gradients()
        self.whole = False
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self.config.rate_at(self.step + 1)
            optimiser.step()
        self.step += 1
        self._follow()
        self._check_weights()
        self.whole = True
        return norm

    def check_loss(self, loss: Loss) -> None:
        """Raise TrainingFailed, naming the part, if the loss of the next step is not finite."""
        if not math.isfinite(loss.total.item()):
            broken = [name for name, part in loss.parts.items() if not math.isfinite(part.item())] or ["total"]
            raise _failure(self.step + 1, f"the {' and '.join(broken)} loss is not finite")

    def _check_weights(self) -> None:
        if not math.isfinite(nn.utils.get_total_norm(self.weights).item()):
            raise TrainingFailed(
                f"Training stopped at step {self.step}: its update made the weights not finite.",
                hint="The state saved before it is kept. Lower the learning rate of the recipe, and begin anew.",
            )

    def _clipped_gradients(self) -> float:
        for master, weight in zip(self.master, self.weights, strict=True):
            if master is not weight:
                master.grad = None if weight.grad is None else weight.grad.float()
        norm = float(nn.utils.clip_grad_norm_(self.master, self.config.clip_norm))
        if not math.isfinite(norm):
            raise _failure(self.step + 1, "the gradient is not finite")
        return norm

    @torch.no_grad()
    def _follow(self) -> None:
        """Copy the master to the rounded weights, and move the average toward the master."""
        decay = self.config.ema_decay_at(self.step)
        for weight, master, average in zip(self.weights, self.master, self.average, strict=True):
            if weight is not master:
                weight.copy_(master)
            average.lerp_(master.detach(), 1 - decay)

    def moments(self, master: Tensor) -> dict[str, Tensor]:
        """Return what the optimiser that owns a weight remembers of it, to be read or filled; empty before a step."""
        for optimiser in self.optimisers:
            if any(master is weight for group in optimiser.param_groups for weight in group["params"]):
                return optimiser.state[master]
        raise KeyError("no optimiser owns this weight")

    def averaged_weights(self) -> dict[str, Tensor]:
        """Return the averaged weights as a float32 state dict: what a checkpoint holds."""
        names = [name for name, weight in self.model.named_parameters() if weight.requires_grad]
        averages = dict(zip(names, self.average, strict=True)) | self.fixed
        state = self.model.state_dict()
        return {name: averages.get(name, state[name]).detach().float().cpu().contiguous() for name in state}


def _failure(step: int, what: str) -> TrainingFailed:
    return TrainingFailed(
        f"Training stopped at step {step}: {what}.",
        hint="The last good state is kept. Lower the learning rate, or look at the data of this step.",
    )


def train(run: Run, *, accelerator: Accelerator | None = None) -> Iterator[StepReport]:
    """Train from run.step to the config's last step, yielding a report after every optimiser step.

    Several processes (`accelerate launch`) each take an equal share of every batch and average their gradients; raises
    BadRequest if the batch does not divide by their number. All of them look at the loss averaged over all: where one
    share is not finite, every process raises the same TrainingFailed, and none waits for the others.
    """
    accelerator = accelerator or Accelerator(cpu=run.runtime.device.type == "cpu")
    rank, processes = accelerator.process_index, accelerator.num_processes
    model = accelerator.prepare_model(run.model) if processes > 1 else run.model
    if run.config.batch_size % processes:
        raise BadRequest(
            f"A batch of {run.config.batch_size} samples does not divide by {processes} processes.",
            hint="Use a number of processes that divides it.",
        )
    pace: deque[float] = deque(maxlen=PACE_STEPS)
    while run.step < run.config.steps:
        begun = time.perf_counter()
        batch = share_of(run.task.batch_at(run.step + 1), rank, processes, run.runtime.device)
        loss = run.task.loss(model, batch)
        mean = _averaged(loss, accelerator) if processes > 1 else loss
        run.check_loss(mean)
        norm = run.update(loss)
        pace.append(time.perf_counter() - begun)
        run.seconds += pace[-1]
        yield _report(run, mean, norm, steps_a_second=len(pace) / sum(pace))


def _averaged(loss: Loss, accelerator: Accelerator) -> Loss:
    """Average the loss and its parts over all processes."""

    def mean(value: Tensor) -> Tensor:
        return accelerator.reduce(value.detach().clone(), reduction="mean")

    return Loss(mean(loss.total), {name: mean(part) for name, part in loss.parts.items()})


def _report(run: Run, loss: Loss, norm: float, steps_a_second: float) -> StepReport:
    return StepReport(
        step=run.step,
        steps=run.config.steps,
        loss=loss.total.item(),
        parts={name: part.item() for name, part in loss.parts.items()},
        gradient_norm=norm,
        learning_rate=run.config.rate_at(run.step),
        samples_per_second=steps_a_second * run.config.batch_size,
        seconds=run.wall_seconds,
        seconds_left=(run.config.steps - run.step) / steps_a_second,
    )
