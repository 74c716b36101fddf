"""Several processes do what one does: gradients, and a training run from end to end."""

import os
import subprocess
import sys
from pathlib import Path

import torch

from tests import processes
from tests.builders import model_config, train_config, write_teachers


def test_gradients_of_two_processes_are_those_of_one(tmp_path: Path) -> None:
    write_teachers(tmp_path)
    script, files = 'tests/integration/ddp_gradients.py', [tmp_path / 'one.pth', tmp_path / 'two.pth']
    for count, file in enumerate(files, 1):
        processes.together(script, tmp_path, file, log=tmp_path / f'log{count}', count=count)
    one, two = (torch.load(file, weights_only=True) for file in files)
    assert one.keys() == two.keys() and any(name.startswith('distill.') for name in one)
    for name, gradient in one.items():
        assert (gradient - two[name]).abs().max() <= 1e-4 * gradient.abs().max().clamp(min=1e-3), name


def test_two_processes_train_and_validate(synthetic: Path, tmp_path: Path) -> None:
    model = model_config('coco+mpii', 21, teachers=write_teachers(tmp_path / 'teachers'))
    config = train_config(synthetic, tmp_path / 'work', model)
    config.custom_imports = dict(imports=['unipose.registration'])
    config.dump(tmp_path / 'student.py')
    launch = [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc_per_node=2']
    train = [str(processes.REPOSITORY / 'tools/train.py'), str(tmp_path / 'student.py'), '--launcher', 'pytorch']
    environment = dict(os.environ, PYTHONPATH=str(processes.REPOSITORY), CUDA_VISIBLE_DEVICES='')
    done = subprocess.run([*launch, *train], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    content = torch.load(tmp_path / 'work/epoch_1.pth', weights_only=True)
    assert not [key for key in content['state_dict'] if key.startswith('module.')]
