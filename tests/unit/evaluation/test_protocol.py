import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import unipose
from unipose.evaluation.people_in_boxes import PeopleInBoxes
from unipose.evaluation.protocol import boxes_of, checkpoint_facts, protocol_stamp
from unipose.skeletons import load_skeleton


@pytest.mark.parametrize(
    ('content', 'ema', 'epoch'),
    [
        (dict(state_dict={}, meta=dict(cfg='', epoch=3), ema_state_dict={}), True, 3),
        (dict(state_dict={}, meta=dict(cfg='', epoch=3)), False, 3),  # a training run without EMA
        (dict(state_dict={}, meta=dict(ema=True, epoch=7)), True, 7),  # an exported student
        (dict(state_dict={}, meta=dict(ema=False)), False, None),
        (dict(weight=torch.zeros(1)), None, None),  # bare weights do not say
    ],
)
@pytest.mark.parametrize('zipped', [True, False])
def test_checkpoint_facts(tmp_path: Path, content: dict, ema: bool | None, epoch: int | None, zipped: bool) -> None:
    path = tmp_path / 'student.pth'
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    facts = checkpoint_facts(path, hashlib.sha256(path.read_bytes()).hexdigest())
    assert facts == dict(
        checkpoint='student.pth',
        checkpoint_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        ema=ema,
        epoch=epoch,
    )


def test_boxes() -> None:
    assert boxes_of(SimpleNamespace(bbox_file=None)) == 'ground truth'
    assert boxes_of(SimpleNamespace(bbox_file='data/coco/boxes_56AP.json')) == 'detected (boxes_56AP.json)'


def test_stamp() -> None:
    dataset = SimpleNamespace(
        skeleton=load_skeleton('coco+mpii'),
        sources=[
            SimpleNamespace(name='coco', padding=1.25, dataset=SimpleNamespace(bbox_file='a/b.json')),
            SimpleNamespace(name='mpii', padding=0.9375, dataset=SimpleNamespace()),
        ],
    )
    where, checkpoint = PeopleInBoxes((192, 256)).protocol(dataset), dict(checkpoint='x.pth', ema=None)
    stamp = protocol_stamp(dataset, dict(coco=40, mpii=5), (192, 256), True, True, checkpoint, where=where)
    versions = stamp.pop('versions')
    assert stamp == dict(
        flip_test=True,
        scales=[1.0],
        dialects=True,
        boxes=dict(coco='detected (b.json)', mpii='ground truth'),
        padding=dict(coco=1.25, mpii=0.9375),
        num_samples=dict(coco=40, mpii=5),
        input_size=[192, 256],
        skeleton='coco+mpii',
        num_keypoints=21,
        checkpoint='x.pth',
        ema=None,
    )
    assert versions['unipose'] == unipose.__version__
    assert versions['torch'] == torch.__version__
    assert set(versions) == {'unipose', 'torch', 'mmpose', 'mmengine'}
