"""Every leaf config, found by glob, builds and trains one step at its own size on synthetic people."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmpose.registry import MODELS

from unipose.training import prepare_training

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
LEAVES = sorted(path for folder in ('', 'demo') for path in (CONFIGS / folder).glob('*.py'))


@pytest.fixture(scope='module')
def random_weights(tmp_path_factory: pytest.TempPathFactory):
    """Writes, once per teacher config, a checkpoint of random weights."""
    folder, written = tmp_path_factory.mktemp('weights'), {}

    def write(config_file: str) -> str:
        if config_file not in written:
            config = Config.fromfile(CONFIGS.parent / config_file).model
            config.backbone.init_cfg = None
            written[config_file] = folder / f'{Path(config_file).stem}.pth'
            torch.save(MODELS.build(config).state_dict(), written[config_file])
        return str(written[config_file])

    return write


def on_synthetic_people(config: Config, root: Path, work_dir: Path) -> Config:
    """Points a config at the synthetic fixture, in small batches and without workers."""
    text = config.pretty_text
    for folder in ('data/coco', 'data/demo/coco', 'data/demo_teachers/coco'):
        text = text.replace(f"'{folder}/", f"'{root}/coco/")
    for folder in ('data/mpii', 'data/demo/mpii', 'data/demo_teachers/mpii'):
        text = text.replace(f"'{folder}/", f"'{root}/mpii/")
    config = Config.fromstring(text, '.py')
    for loader in ('train_dataloader', 'val_dataloader'):
        config[loader].update(batch_size=2, num_workers=0, persistent_workers=False)
    config.work_dir = str(work_dir)
    config.experiment_name = work_dir.name
    return config


@pytest.mark.parametrize('path', LEAVES, ids=lambda path: str(path.relative_to(CONFIGS)))
def test_it_builds_and_trains_a_step(path: Path, synthetic: Path, tmp_path: Path, random_weights) -> None:
    config = on_synthetic_people(Config.fromfile(path), synthetic, tmp_path)
    for teacher in config.model.get('teachers', {}).values():
        teacher.checkpoint = random_weights(teacher.config)
    prepare_training(config)
    runner = Runner.from_cfg(config)
    model, loader = runner.model, runner.build_dataloader(runner._train_dataloader, seed=0)
    optimizer = runner.build_optim_wrapper(runner.optim_wrapper)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    logged = model.train_step(next(iter(loader)), optimizer)
    assert logged['loss'].isfinite() and logged['loss'] > 0
    expected = {'loss_gt', *(f'loss_kd_{name}' for name in model.teachers)}
    assert expected == {key for key in logged if key.startswith('loss_')}
    after = model.state_dict()
    assert any(not torch.equal(before[key], after[key]) for key in before if key.startswith('head.'))


@pytest.mark.parametrize('path', LEAVES, ids=lambda path: str(path.relative_to(CONFIGS)))
def test_leaves_are_short_and_inherit_fragments_only(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 40
    assert 'python tools/' in text or 'make ' in text
    bases = Config.fromfile(path).get('_base_', []) or []
    assert all('_base_/' in base for base in bases)
