"""A few people of a source whose annotations are more files than one."""

from pathlib import Path

from mmengine.config import Config

from tests.yolo_files import PERSON, SKELETON, dataset
from unipose.commands.full_run.few_people import keep_few
from unipose.commands.full_run.people import count_people


def test_a_pose_dataset_is_drawn_from_and_stays(tmp_path: Path) -> None:
    people = dict(type='YoloPoseDataset', ann_file=str(dataset(tmp_path, dict.fromkeys('abcde', PERSON))))
    sources = dict(mine=dict(skeleton=SKELETON, dataset=dict(people, split='train')))
    loader = dict(dataset=dict(type='UnifiedKeypointDataset', skeleton=SKELETON, sources=sources))
    config = Config(dict(train_dataloader=loader))
    found = count_people(config)
    assert found.num_train == 5
    assert keep_few(config, 'train', found.train, 2, tmp_path / 'few') == []
    kept = config.train_dataloader.dataset.sources.mine.dataset
    assert kept.ann_file == people['ann_file'] and len(kept.indices) == 2
    assert count_people(config).num_train == 2
