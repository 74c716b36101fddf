from pathlib import Path

import pytest

from tests.run_settings import setting


def test_training_goes_on_from_a_checkpoint_that_is_whole(tmp_path: Path) -> None:
    run = setting(tmp_path)
    assert run.epochs_done() == 0 and not run.is_trained()
    (tmp_path / 'epoch_3.pth').write_bytes(b'half of it')  # the note is written after the file
    assert run.epochs_done() == 0 and not run.training_config().get('resume')
    (tmp_path / 'last_checkpoint').write_text(f'/elsewhere/{tmp_path.name}/epoch_3.pth')  # the folder has been moved
    assert run.epochs_done() == 3 and run.training_config().resume
    (tmp_path / 'last_checkpoint').write_text('epoch_5.pth')
    assert run.epochs_done() == 0
    (tmp_path / 'epoch_5.pth').touch()
    assert run.is_trained()


def test_training_reads_crops_and_replays_targets_and_scoring_reads_images(tmp_path: Path) -> None:
    run = setting(tmp_path)
    steps = run.training_config().train_dataloader.dataset.pipeline
    assert [(step['type'], step['store']) for step in steps] == [
        ('LoadTeacherTargets', str(tmp_path / 'targets/stage1')),
        ('LoadPreparedCrop', str(tmp_path / 'crops')),
    ]
    assert run.config.train_dataloader.dataset.pipeline == [dict(type='LoadCheckedImage')]


def test_what_decides_the_result_is_not_where_data_lie_or_who_loads_them(tmp_path: Path) -> None:
    facts = setting(tmp_path).facts()
    same = {'train_dataloader.num_workers': 8, 'train_dataloader.dataset.sources.coco.dataset.data_root': 'elsewhere'}
    assert setting(tmp_path, **same).facts() == facts
    for key, value in {'model.teachers.coco.weight': 2.0, 'train_cfg.max_epochs': 6, 'randomness.seed': 4}.items():
        assert setting(tmp_path, **{key: value}).facts() != facts, key


def test_a_config_that_is_no_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='has no teachers'):
        setting(tmp_path, teachers=dict(coco=None))
    with pytest.raises(ValueError, match='no train_cfg.max_epochs'):
        setting(tmp_path, train_cfg=dict(max_iters=100, max_epochs=None))
