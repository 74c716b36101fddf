#!/usr/bin/env bash
# MMEngine 0.10.7 loads no weights from a layout that it does not know, and training begins without an error.
#
# Guess: `load_from` a file whose keys do not fit is an error, as torch's own load_state_dict has it.
# Seen: of {'model': weights} nothing is loaded, and of weights with a prefix (student.) neither; a list of keys is
# printed, and the run goes on from random numbers. With EMAHook the same file, and bare weights too, end in
# KeyError: 'state_dict'.
# What follows: read what a run starts from with checks of one's own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install -q numpy==1.26.4 torch==2.13.0 mmengine==0.10.7 opencv-python-headless==4.11.0.86
"$folder/env/bin/python" - "$folder" <<'PYTHON'
import contextlib
import io
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
        return dict(loss=0 * self.line(torch.stack(list(inputs))).sum())


def weight_after(content: dict, name: str, *hooks: dict) -> float | str:
    """The weight that a run has which should start at 7, or why it did not start."""
    file = Path(sys.argv[1]) / f'{name}.pth'
    torch.save(content, file)
    runner = Runner(
        Small(),
        work_dir=str(file.with_suffix('')),
        train_dataloader=dict(batch_size=1, dataset=[torch.ones(1)], sampler=dict(type='DefaultSampler', shuffle=False)),
        train_cfg=dict(by_epoch=True, max_epochs=1),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.0)),
        custom_hooks=list(hooks),
        load_from=str(file),
        experiment_name=name,
    )
    try:
        runner.train()
    except KeyError as error:
        return f'KeyError: {error}'
    return float(runner.model.line.weight)


weights = {'line.weight': torch.full((1, 1), 7.0), 'line.bias': torch.zeros(1)}
prefixed = {f'student.{key}': value for key, value in weights.items()}
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    bare = weight_after(weights, 'bare')
    wrapped, student = weight_after({'model': weights}, 'wrapped'), weight_after(prefixed, 'student')
    averaged = weight_after(weights, 'averaged', dict(type='EMAHook'))
print(f'mmengine {__version__}: a weight of 7 is {bare} of bare weights, {wrapped:.2f} under model, {student:.2f} with a '
      f'prefix, and of bare weights with EMAHook {averaged}')
assert bare == 7.0 and 7.0 not in (wrapped, student) and averaged == "KeyError: 'state_dict'", 'it loads otherwise now'
PYTHON
