#!/usr/bin/env bash
# MMPose 1.3.2: an RTMO run that is resumed behind the epoch of a mode switch trains on in the mode before it.
#
# Guess: RTMOModeSwitchHook, with which RTMO's second half takes the classification for the regression's target and weighs losses
# anew, holds from its epoch on, and MMEngine's resume brings a run back to where it was.
# Seen: the hook sets the attributes when the epoch is the very one, and they are in no checkpoint. Resumed in the next epoch, the
# head is as its config says; nothing is logged. Of rtmo-s's 600 epochs that is whoever resumes behind the 281st.
# What follows: set what holds by now at the start of each epoch, or resume from before the switch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q torch==2.13.0 numpy==2.2.6 mmengine==0.10.7 opencv-python==4.12.0.88 scipy==1.17.0 \
    pycocotools==2.0.11 'setuptools<81' munkres==1.1.4 json_tricks==3.17.3
"$folder/env/bin/pip" install -q --no-deps mmcv-lite==2.1.0 mmpose==1.3.2
cd "$folder"
TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1 env/bin/python - <<'PYTHON'
import sys
from unittest.mock import MagicMock

# compiled operators and evaluation, of which nothing is used here
for name in ('xtcocotools', 'xtcocotools.coco', 'xtcocotools.cocoeval', 'xtcocotools.mask', 'mmcv.ops'):
    sys.modules[name] = MagicMock()
import mmpose
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from mmpose.engine.hooks.mode_switch_hooks import RTMOModeSwitchHook
from torch import nn


class Head(nn.Module):
    """An attribute as RTMOHead has it."""

    def __init__(self):
        super().__init__()
        self.proxy_target_cc, self.layer = False, nn.Linear(2, 1)


class Model(BaseModel):
    def __init__(self):
        super().__init__()
        self.head = Head()

    def forward(self, inputs, mode):
        return dict(loss=self.head.layer(torch.stack(inputs)).sum())


class Look(Hook):
    def __init__(self):
        self.seen = {}

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.seen[runner.epoch] = runner.model.head.proxy_target_cc


def run(epochs, resume):
    look = Look()
    Runner(
        model=Model(),
        work_dir='run',
        train_dataloader=dict(dataset=[dict(inputs=torch.ones(2))] * 2, batch_size=1, sampler=dict(type='DefaultSampler', shuffle=False)),
        train_cfg=dict(by_epoch=True, max_epochs=epochs),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        custom_hooks=[RTMOModeSwitchHook({1: {'proxy_target_cc': True}}), look],
        resume=resume,
        log_level='WARNING',
    ).train()
    return look.seen


whole = run(3, False)
run_again = run(5, True)
print(f'mmpose {mmpose.__version__}, mode by epoch: {whole}; resumed: {run_again}')
assert whole == {0: False, 1: True, 2: True}, whole
assert run_again == {3: False, 4: False}, 'the mode is kept now'
PYTHON
