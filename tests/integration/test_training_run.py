"""One runner epoch with everything on: what must not have changed, and what the checkpoint holds."""

import copy
from pathlib import Path

import pytest
import torch
from mmengine.runner import Runner
from mmpose.registry import MODELS

from tests.builders import CANVAS, model_config, train_config, train_pipeline, write_teachers
from unipose.commands.train.runner import TrainingRunner
from unipose.distillers import plain_model_config, plain_state_dict
from unipose.skeletons import Skeleton, load_skeleton

EMA = dict(type='EMAHook', ema_type='ExpMomentumEMA', momentum=0.01, update_buffers=True)


@pytest.fixture(scope='module')
def trained(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Runner, dict, Path]:
    folder = tmp_path_factory.mktemp('run')
    entries = {name: dict(entry, fold_batch_norms=False) for name, entry in write_teachers(folder / 'teachers').items()}
    model = model_config('coco+mpii', 21, teachers=entries)
    runner = Runner.from_cfg(train_config(synthetic, folder / 'work', model, custom_hooks=[EMA]))
    before = {name: copy.deepcopy(t.network.model.state_dict()) for name, t in runner.model.teachers.items()}
    runner.train()
    return runner, before, folder / 'work' / 'epoch_1.pth'


def test_teachers_are_bit_identical_afterwards(trained: tuple) -> None:
    runner, before, _ = trained
    for name, teacher in runner.model.teachers.items():
        after = teacher.network.model.state_dict()
        assert all(torch.equal(value, after[key]) for key, value in before[name].items()), name
        assert any('running_mean' in key for key in after)


def test_nothing_holds_a_copy_of_a_teacher(trained: tuple) -> None:
    runner, _, checkpoint = trained
    teacher = runner.model.teachers['coco'].network.model
    ema = next(hook for hook in runner.hooks if type(hook).__name__ == 'EMAHook').ema_model
    assert ema.module.teachers['coco'] is runner.model.teachers['coco']
    held = {id(p) for group in runner.optim_wrapper.param_groups for p in group['params']}
    assert not held & {id(p) for p in teacher.parameters()}
    content = torch.load(checkpoint, weights_only=True)
    for state in (content['state_dict'], content['ema_state_dict']):
        assert not [key for key in state if 'teacher' in key]
    assert {key.split('.')[0] for key in content['state_dict']} == {'backbone', 'head'}


def test_the_checkpoint_carries_the_unions_metainfo(trained: tuple) -> None:
    content = torch.load(trained[2], weights_only=True)
    assert Skeleton.from_metainfo(content['meta']['dataset_meta']).names == load_skeleton('coco+mpii').names


def test_the_export_loads_strictly_into_plain_mmpose(trained: tuple) -> None:
    runner, _, checkpoint = trained
    plain = MODELS.build(plain_model_config(runner.cfg.model.to_dict()))
    plain.load_state_dict(plain_state_dict(torch.load(checkpoint, weights_only=True)['state_dict']), strict=True)


def test_it_resumes_where_it_stopped(trained: tuple, synthetic: Path) -> None:
    runner, _, checkpoint = trained
    config = copy.deepcopy(runner.cfg)
    config.merge_from_dict(dict(resume=True, load_from=str(checkpoint), train_cfg=dict(max_epochs=2)))
    config.experiment_name = 'resumed'
    resumed = Runner.from_cfg(config)
    resumed.train()
    assert resumed.epoch == 2 and (checkpoint.parent / 'epoch_2.pth').is_file()


@pytest.mark.parametrize('name', ['a.pth', 'b.pth', 'c.safetensors'])
def test_it_starts_from_what_others_wrote(trained: tuple, tmp_path: Path, name: str) -> None:
    runner, _, checkpoint = trained
    weights, file = torch.load(checkpoint, weights_only=True)['state_dict'], tmp_path / name
    if file.suffix == '.pth':
        torch.save(
            dict(weights) if name == 'a.pth' else {'model': {f'student.{k}': v for k, v in weights.items()}}, file
        )
    else:
        pytest.importorskip('safetensors.torch').save_file(weights, file)
    config = copy.deepcopy(runner.cfg)
    config.merge_from_dict(dict(load_from=str(file), work_dir=str(tmp_path / 'work')))
    config.experiment_name = f'started_{name}'
    started = TrainingRunner.from_cfg(config)
    started.call_hook('before_run')  # which makes the copy that is averaged
    torch.nn.init.zeros_(started.model.head.cls_x.weight)
    started.load_or_resume()
    averaged = next(hook for hook in started.hooks if type(hook).__name__ == 'EMAHook').ema_model.module
    for model in (started.model, averaged):
        assert all(torch.equal(value, weights[key]) for key, value in model.state_dict().items())


def test_one_damaged_image_does_not_end_a_run(synthetic: Path, tmp_path: Path) -> None:
    import shutil

    root = Path(shutil.copytree(synthetic, tmp_path / 'data'))
    damaged = next((root / 'coco/train2017').iterdir())
    damaged.write_bytes(damaged.read_bytes()[:500])
    config = train_config(root, tmp_path / 'work', model_config('coco+mpii', 21, canvas_size=(128, 128)))
    config.train_dataloader.update(num_workers=1, persistent_workers=True)
    config.experiment_name = 'damaged'
    Runner.from_cfg(config).train()
    assert damaged.name in (tmp_path / 'work/damaged_images.txt').read_text()


@pytest.mark.parametrize('workers', [0, 1])
def test_the_second_stages_pipeline_takes_over(synthetic: Path, tmp_path: Path, workers: int) -> None:
    config = train_config(synthetic, tmp_path, model_config('coco+mpii', 21, canvas_size=CANVAS))
    config.train_cfg.max_epochs = 2
    config.train_dataloader.update(num_workers=workers, persistent_workers=workers > 0)
    switch = dict(type='mmdet.PipelineSwitchHook', switch_epoch=1, switch_pipeline=train_pipeline(cutout=False))
    config.custom_hooks = [switch]
    config.experiment_name = f'stage2_{workers}'
    runner = Runner.from_cfg(config)
    runner.train()
    seeded = next(t for t in runner.train_dataloader.dataset.pipeline.transforms if type(t).__name__ == 'Seeded')
    assert runner.epoch == 2 and not seeded.albumentations
