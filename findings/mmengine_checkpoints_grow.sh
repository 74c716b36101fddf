#!/usr/bin/env bash
# A checkpoint of MMEngine 0.10.7 grows with every step of training.
#
# Guess: a checkpoint is as large after a thousand steps as after one: weights, optimizer and some counters.
# Seen: 16 bytes for each step and each logged scalar. The last million values of every one are kept, and all of them are
# written: a model of two numbers that logs 20 losses has a checkpoint of 12 kB after 10 steps and of 441 kB after 1000. At
# each step every history is copied as well.
# What follows: 25 scalars and 282,000 steps (RTMPose for 420 epochs on one GPU) are 113 MB of every checkpoint; setting
# max_length of runner.message_hub.log_scalars' histories to what the log averages over bounds it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==1.26.4 torch==2.13.0 mmengine==0.10.7 opencv-python-headless==4.11.0.86
"$folder/env/bin/python" - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import torch
from mmengine import __version__
from mmengine.model import BaseModel
from mmengine.runner import Runner


class Small(BaseModel):
    def __init__(self) -> None:
        super().__init__()
        self.line = torch.nn.Linear(1, 1)

    def forward(self, inputs, mode='tensor'):
        return {f'loss_{n}': self.line(inputs).square().mean() for n in range(20)}


def size(steps: int) -> int:
    work_dir = Path(sys.argv[1]) / str(steps)
    Runner(
        model=Small(),
        work_dir=str(work_dir),
        train_dataloader=dict(
            dataset=[dict(inputs=torch.ones(1))] * steps,
            sampler=dict(type='DefaultSampler', shuffle=False),
            batch_size=1,
            collate_fn=dict(type='default_collate'),
        ),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=1e-4)),
        default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1)),
        log_level='ERROR',
        experiment_name=str(steps),
    ).train()
    return (work_dir / 'epoch_1.pth').stat().st_size


few, many = size(10), size(1000)
print(f'mmengine {__version__}: {few / 1000:.0f} kB after 10 steps, {many / 1000:.0f} kB after 1000')
assert many > few + 20 * 990 * 16, 'checkpoints have stopped growing'
PYTHON
