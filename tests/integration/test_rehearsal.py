"""A rehearsal of full-size training, of a few people."""

import json
from pathlib import Path

import numpy as np
import pytest
from mmpose.registry import DATASETS

from benchmarks.rehearsed.people import People, make_people
from benchmarks.rehearsed.runs import Run, prepare, summary
from benchmarks.rehearsed.setting import full_size_config, use_stores
from tests import processes
from unipose.caching import TargetStore
from unipose.datasets.crop_store import CropStore

UNIT = 4


@pytest.fixture(scope='module')
def people(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> People:
    """A few, in a folder that looks like the repository."""
    root = tmp_path_factory.mktemp('rehearsal')
    (root / 'configs').symlink_to(request.config.rootpath / 'configs')
    return make_people(root / 'people', 120, 12, UNIT)


@pytest.fixture(autouse=True)
def there(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(people.folder.parent)


def test_people_are_as_many_as_asked_for_in_few_pictures(people: People) -> None:
    assert people.numbers == dict(coco=104, mpii=12)  # of 120, in COCO's and MPII's shares, in fours
    dataset = DATASETS.build(dict(full_size_config(people).train_dataloader.dataset, pipeline=[]))
    assert [len(source) for source in dataset.sources] == [104, 12]
    for first, source, distinct in zip(dataset.first_indices, dataset.sources, people.distinct.values()):
        one, again = (dataset.get_data_info(int(first) + index) for index in (1, 1 + distinct))
        assert distinct < len(source) and one['img_path'] == again['img_path']
        np.testing.assert_array_equal(one['keypoints'], again['keypoints'])
    content = json.loads(people.annotations('coco').read_text())
    assert len(content['images']) == round(104 * 118_287 / 149_813)
    assert len(content['annotations']) == round(104 * 262_465 / 149_813)
    assert len({row['id'] for row in content['annotations']}) == len(content['annotations'])


def test_a_run_on_two_ranks_from_stores(people: People, tmp_path: Path) -> None:
    config = full_size_config(people)
    use_stores(config, people, UNIT)
    stored = people.folder / 'stored_116'
    crops, targets = CropStore(stored / 'crops'), TargetStore(stored / 'once')
    assert not crops.missing() and not targets.missing() and len(targets) == 116
    distinct = people.distinct['coco']
    np.testing.assert_array_equal(crops.read(1).image, crops.read(1 + distinct).image)
    assert crops.crops.numbers()[0].samefile(crops.crops.numbers()[distinct // UNIT])

    run = Run('stored', processes=2, workers=1, batch_size=4, steps=9, step_ms=1.0, epoch_steps=7)
    file = prepare(run, people, UNIT, tmp_path / 'run')
    processes.together('tools/train.py', file, '--launcher', 'pytorch', log=tmp_path / 'log')
    found = summary(run, tmp_path / 'run')
    assert 0 < found['start']['built'] < found['start']['first_batch'] < found['start']['first_step']
    assert min(found['samples_per_second'], found['taking_ms'], found['files']['worker']) > 0
    assert found['memory']['workers']['rss']['last'] > found['memory']['workers']['own']['last'] > 10
    # an epoch has 7 steps: all that is logged in 420 would be 1 MB
    assert found['checkpoint']['file'] > 10 and found['checkpoint']['log'] < 0.1
