import logging
from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.logging import MessageHub
from mmpose.structures import PoseDataSample

from unipose.engine.hooks import DamagedImageHook


def batch(*problems: str) -> dict:
    return dict(data_samples=[PoseDataSample(metainfo=dict(skipped=list(problems))), PoseDataSample()])


def test_each_image_is_warned_of_once_and_listed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    hub = MessageHub.get_instance(request.node.nodeid)
    runner = SimpleNamespace(work_dir=str(tmp_path), rank=0, logger=logging.getLogger('test'), message_hub=hub)
    hook = DamagedImageHook()
    for problems in (['b.jpg: truncated'], [], ['a.jpg: not an image', 'b.jpg: truncated']):
        hook.after_train_iter(runner, 0, batch(*problems), {})
    hook.after_train_epoch(runner)
    assert (tmp_path / 'damaged_images.txt').read_text() == 'a.jpg: not an image\nb.jpg: truncated\n'
    assert sum('skipped: b.jpg' in record.message for record in caplog.records) == 1
    assert '2 damaged images have been skipped (3 times)' in caplog.records[-1].message
    assert hub.get_scalar('train/damaged_images').data[0].tolist() == [1, 0, 2]


def test_nothing_is_written_when_all_is_well(tmp_path: Path) -> None:
    DamagedImageHook().after_train_epoch(SimpleNamespace(work_dir=str(tmp_path), rank=0))
    assert not list(tmp_path.iterdir())
