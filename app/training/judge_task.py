"""Training the judge: one cross-entropy for each label column, on scenes with a little noise."""

from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from app.core.pictures import from_bytes
from app.core.randomness import make_generator, normal
from app.data.scenes import Scenes
from app.data.scenes.factors import UNKNOWN
from app.models.judge import Judge
from app.training.config import TrainConfig
from app.training.task import Loss, Task, items_of_step

NOISE = 0.1
"""Largest std of the noise added in training, in pixel units of [-1, 1]; each picture draws its own."""


class JudgeBatch(NamedTuple):
    """pictures with noise added; labels: class numbers, -1 where a column does not apply."""

    pictures: Float[Tensor, "b 3 s s"]
    labels: Int[Tensor, "b columns"]


def judge_task(model: Judge, data: Scenes, config: TrainConfig) -> Task:
    """Bind a judge and its scenes into something to train."""

    def batch_at(step: int) -> JudgeBatch:
        items = items_of_step(step, config.batch_size, len(data), config.seed)
        clean, generator = from_bytes(data.pictures(items)), make_generator(config.seed, "judge noise", step)
        std = NOISE * torch.rand((len(items), 1, 1, 1), generator=generator)
        noisy = clean + std * normal(tuple(clean.shape), generator)
        return JudgeBatch(noisy, torch.from_numpy(np.asarray(data.labels(items))))

    return Task(model, batch_at, partial(judge_loss, columns=model.config.columns))


def judge_loss(model: nn.Module, batch: JudgeBatch, columns: tuple[str, ...]) -> Loss:
    """Sum over columns of the cross-entropy in nats over the samples to which the column applies; a part is a column.

    columns: their names; `model` may be wrapped for several processes, and then has no config.
    """
    dtype = next(model.parameters()).dtype
    output = model(batch.pictures.to(dtype))
    parts = {
        name: masked_cross_entropy(scores.float(), batch.labels[:, number])
        for number, (name, scores) in enumerate(zip(columns, output.scores, strict=True))
    }
    return Loss(torch.stack(list(parts.values())).sum(), parts)


def masked_cross_entropy(scores: Float[Tensor, "b k"], labels: Int[Tensor, " b"]) -> Float[Tensor, ""]:
    """Cross-entropy summed over the labelled samples and divided by the batch, so that shares of it average."""
    return nn.functional.cross_entropy(scores, labels, ignore_index=UNKNOWN, reduction="sum") / len(labels)
