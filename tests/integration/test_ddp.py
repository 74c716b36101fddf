"""Several processes do what one does: gradients, and a training run from end to end."""

import os
import subprocess
import sys
from pathlib import Path

import torch

from tests.builders import model_config, train_config, write_teachers

REPOSITORY = Path(__file__).resolve().parents[2]


def together(processes: int, *command: object) -> None:
    environment = dict(os.environ, OMP_NUM_THREADS='1', PYTHONPATH=str(REPOSITORY), CUDA_VISIBLE_DEVICES='')
    launch = [sys.executable, '-m', 'torch.distributed.run', '--standalone', f'--nproc_per_node={processes}']
    done = subprocess.run([*launch, *map(str, command)], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_gradients_of_two_processes_are_those_of_one(tmp_path: Path) -> None:
    write_teachers(tmp_path)
    for processes in (1, 2):
        script = REPOSITORY / 'tests/integration/ddp_gradients.py'
        together(processes, script, tmp_path, tmp_path / f'gradients_{processes}.pth')
    one, two = (torch.load(tmp_path / f'gradients_{processes}.pth', weights_only=True) for processes in (1, 2))
    assert one.keys() == two.keys() and any(name.startswith('distill.') for name in one)
    for name, gradient in one.items():
        assert (gradient - two[name]).abs().max() <= 1e-4 * gradient.abs().max().clamp(min=1e-3), name


def test_two_processes_train_and_validate(synthetic: Path, tmp_path: Path) -> None:
    model = model_config('coco+mpii', 21, teachers=write_teachers(tmp_path / 'teachers'))
    config = train_config(synthetic, tmp_path / 'work', model)
    config.custom_imports = dict(imports=['unipose.registration'])
    config.dump(tmp_path / 'student.py')
    together(2, REPOSITORY / 'tools/train.py', tmp_path / 'student.py', '--launcher', 'pytorch')
    content = torch.load(tmp_path / 'work/epoch_1.pth', weights_only=True)
    assert not [key for key in content['state_dict'] if key.startswith('module.')]
