"""Older checkpoints go when the newer one is there, and not before."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.fileio import get_file_backend
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub
from mmengine.registry import HOOKS, DefaultScope
from mmengine.runner import save_checkpoint

from unipose.engine.hooks import WholeCheckpointHook
from unipose.files.whole_backend import WholeBackend


class Run:
    """As much of a runner as the hook asks for: one epoch after the other, and what it is worth."""

    epoch = iter = 0
    rank = 0
    logger = SimpleNamespace(info=lambda *_: None)

    def __init__(self, work_dir: Path, name: str) -> None:
        self.work_dir, self.message_hub = str(work_dir), MessageHub(name)

    def save_checkpoint(self, out_dir: str, filename: str, *_: object, **__: object) -> None:
        save_checkpoint(dict(weights=bytes(5000), epoch=self.epoch), str(Path(out_dir) / filename))

    def go(self, hook: CheckpointHook, score: float) -> None:
        hook.after_train_epoch(self)
        self.epoch += 1
        hook.after_val_epoch(self, dict(AP=score))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path, tmp_path.name)


def built(run: Run, **options: object) -> WholeCheckpointHook:
    with DefaultScope.overwrite_default_scope('mmpose'):
        hook = HOOKS.build(dict(type='CheckpointHook', interval=1, **options))
    hook.before_train(run)
    return hook


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_config_gets_it(run: Run) -> None:
    assert type(built(run)) is WholeCheckpointHook
    assert type(get_file_backend(run.work_dir)) is WholeBackend


def test_it_keeps_and_names_what_mmengine_does(run: Run, tmp_path: Path) -> None:
    hook = built(run, max_keep_ckpts=2, save_best='AP', rule='greater')
    for score in (0.1, 0.3, 0.2):
        run.go(hook, score)
    assert names(tmp_path) == ['best_AP_epoch_2.pth', 'epoch_2.pth', 'epoch_3.pth', 'last_checkpoint']
    assert (tmp_path / 'last_checkpoint').read_text() == str(tmp_path / 'epoch_3.pth')
    assert run.message_hub.get_info('keep_ckpt_ids') == [2, 3]
    run.epoch = 1  # the best epoch is repeated
    run.go(hook, 0.4)
    assert 'best_AP_epoch_2.pth' in names(tmp_path)


@pytest.mark.parametrize('moment', ['after_train_epoch', 'after_val_epoch'])
def test_a_full_disk_costs_no_older_checkpoint(run: Run, tmp_path: Path, limit_files, moment: str) -> None:
    hook = built(run, max_keep_ckpts=1, save_best='AP', rule='greater')
    run.go(hook, 0.1)
    if moment == 'after_val_epoch':
        hook.after_train_epoch(run)
        run.epoch += 1
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    limit_files(4000)
    with pytest.raises(OSError, match=r'epoch_2\.pth cannot be written \(File too large\); free space there'):
        hook.after_train_epoch(run) if moment == 'after_train_epoch' else hook.after_val_epoch(run, dict(AP=0.2))
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
