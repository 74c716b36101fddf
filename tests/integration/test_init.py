"""`unipose init` in an empty folder: configs that check and train as they are, from wherever they are moved to."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from unipose.commands.main import main
from unipose.skeletons import load_skeleton

CONFIG = 'elsewhere/renamed/distill_my_pose.py'
INIT = 'init my_pose --skeleton my_skeleton.py --teachers coco,mpii --data data/coco --like demo/distill'
FEW = 'train_dataloader.batch_size=8 train_dataloader.num_workers=0 train_dataloader.persistent_workers=False '
FEW += 'val_dataloader.num_workers=0 train_cfg.max_epochs=1 train_cfg.val_interval=1'


def unipose(command: str) -> int:
    return main(command.split())


@pytest.fixture(scope='module', autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of synthetic people whose first keypoint is no other skeleton's, and configs that were moved."""
    folder = tmp_path_factory.mktemp('init')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert unipose('synthetic data --only coco --train 12 --val 6 --max-persons 1') == 0
        for file in Path('data/coco/annotations').iterdir():
            file.write_text(file.read_text().replace('"nose"', '"nose_tip"'))
        metainfo = dict(load_skeleton('coco').to_metainfo(), dataset_name='mine')
        Path('my_skeleton.py').write_text(f'dataset_info = {metainfo!r}'.replace("'nose'", "'nose_tip'"))
        assert unipose(INIT) == 0
        os.remove('my_skeleton.py')
        os.renames('my_pose', 'elsewhere/renamed')
        yield folder


def test_no_fault_is_found(capsys: pytest.CaptureFixture) -> None:
    assert unipose(f'check {CONFIG}') == 0
    assert 'train mine: 12 images' in capsys.readouterr().out


def test_it_trains_and_is_scored_on_ones_own_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, 'argv', ['unipose', 'train'])
    assert unipose(f'train {CONFIG} --cfg-options {FEW}') == 0
    (step,) = map(json.loads, Path('work_dirs/distill_my_pose/distillation.jsonl').read_text().splitlines())
    assert set(step['terms']) == {'gt', 'kd_coco', 'kd_mpii'}
    assert all(term['loss'] > 0 for term in step['terms'].values())
    (scalars,) = Path('work_dirs/distill_my_pose').glob('*/vis_data/scalars.json')
    assert any('mine/AP' in json.loads(line) for line in scalars.read_text().splitlines())
