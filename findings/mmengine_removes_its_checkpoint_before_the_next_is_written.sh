#!/usr/bin/env bash
# MMEngine 0.10.7 with max_keep_ckpts=1 removes the checkpoint that it has before it writes the next.
#
# Guess: where the next one cannot be written, because the disk is full, the last one is still there to resume from.
# Seen: the last one is gone, half of the next lies under its good name, and last_checkpoint names the one that is gone: a
# run whose second checkpoint cannot be written leaves nothing that it could resume from.
# What follows: keep two, or save first and remove afterwards.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==1.26.4 torch==2.13.0 mmengine==0.10.7 opencv-python-headless==4.11.0.86
"$folder/env/bin/python" - "$folder/run" <<'PYTHON'
import resource
import sys
from pathlib import Path

import torch
from mmengine import __version__
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner

WORK_DIR = Path(sys.argv[1])
ROOM = 100_000  # bytes of a file; a checkpoint has 400,000


class Small(BaseModel):
    def __init__(self) -> None:
        super().__init__()
        self.line = torch.nn.Linear(100_000, 1)

    def forward(self, inputs, mode='tensor'):
        return dict(loss=self.line(inputs).square().mean())


class FullDisk(Hook):
    """Leaves no room for the second checkpoint, as a full disk does: what is written beyond it raises OSError."""

    def before_save_checkpoint(self, runner, checkpoint):
        if runner.epoch:
            resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))


runner = Runner(
    model=Small(),
    work_dir=str(WORK_DIR),
    train_dataloader=dict(
        dataset=[dict(inputs=torch.ones(100_000))],
        sampler=dict(type='DefaultSampler', shuffle=False),
        batch_size=1,
        collate_fn=dict(type='default_collate'),
    ),
    train_cfg=dict(by_epoch=True, max_epochs=2),
    optim_wrapper=dict(optimizer=dict(type='SGD', lr=1e-6)),
    default_hooks=dict(checkpoint=dict(type='CheckpointHook', interval=1, max_keep_ckpts=1)),
    custom_hooks=[FullDisk()],
    log_level='ERROR',
)
try:
    runner.train()
except OSError as error:
    print(f'mmengine {__version__}: {error}')
else:
    raise AssertionError('the second checkpoint found room')
sizes = {file.name: file.stat().st_size for file in sorted(WORK_DIR.glob('*.pth'))}
last = Path((WORK_DIR / 'last_checkpoint').read_text()).name
print(f'checkpoints and their bytes: {sizes}; the last one, it says: {last}')
assert sizes == {'epoch_2.pth': ROOM} and last == 'epoch_1.pth', 'this has changed'
PYTHON
