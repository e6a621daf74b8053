"""What a test starts on several processes: the second one's share of step 3 has a loss that is not finite."""

import sys
from dataclasses import replace
from pathlib import Path

from accelerate import Accelerator

from app.core.errors import TrainingFailed
from app.training.loop import train
from app.training.task import Loss
from tests.training.small import small_run


def main(out: Path) -> None:
    """Train until it fails, and write the error to the file OUT/RANK."""
    run, accelerator = small_run(), Accelerator(cpu=True)
    good = run.task.loss

    def broken(model, batch):
        total, parts = good(model, batch)
        factor = float("nan") if (run.step, accelerator.process_index) == (2, 1) else 1.0
        return Loss(total * factor, parts | {"kl_nats": parts["kl_nats"] * factor})

    run.task = replace(run.task, loss=broken)
    try:
        list(train(run, accelerator=accelerator))
    except TrainingFailed as error:
        (out / str(accelerator.process_index)).write_text(error.message)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
