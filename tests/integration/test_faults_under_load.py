"""Full disks, killed workers and second writers: a clear line, nothing in half, and what was there goes on."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from tests.builders import CANVAS, model_config, train_config, write_teachers
from tests.conftest import Ran

RunTool = Callable[..., Ran]
CHECKPOINT = 5_000_000  # bytes, and more
LOCK = "import fcntl, sys; f = open(sys.argv[1], 'ab'); fcntl.lockf(f, fcntl.LOCK_EX); print(); sys.stdin.read()"


@TRANSFORMS.register_module()
class KillsItsWorker(BaseTransform):
    """Where a file is there, the worker that prepares a sample dies as one does for want of memory."""

    def __init__(self, file: str) -> None:
        self.file = file

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        if torch.utils.data.get_worker_info() and os.path.exists(self.file):
            os.kill(os.getpid(), signal.SIGKILL)
        return results


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp('faults')


@pytest.fixture
def deadly(folder: Path) -> Iterator[Path]:
    """The file that kills workers while it is there."""
    yield folder / 'deadly'
    (folder / 'deadly').unlink(missing_ok=True)


@pytest.fixture(scope='module')
def config(synthetic: Path, folder: Path) -> Path:
    """A student's, which is taught by two teachers and keeps one checkpoint."""
    model = model_config('coco+mpii', 21, canvas_size=CANVAS, teachers=write_teachers(folder / 'teachers'))
    config = train_config(synthetic, folder / 'work', model)
    config.train_dataloader.num_workers = 1
    config.train_dataloader.dataset.pipeline.insert(0, dict(type='KillsItsWorker', file=str(folder / 'deadly')))
    config.default_hooks = dict(
        checkpoint=dict(type='CheckpointHook', interval=1, max_keep_ckpts=1),
        distillation=dict(type='DistillationLogHook'),
    )
    config.dump(folder / 'student.py')
    return folder / 'student.py'


@pytest.fixture(scope='module')
def trained(config: Path, folder: Path) -> Path:
    """What a run of one epoch leaves."""
    from unipose.commands.train.run import train

    return train(config, work_dir=folder / 'trained').work_dir


@pytest.fixture
def work_dir(trained: Path, tmp_path: Path) -> Path:
    """A copy of that, to go on in."""
    copy = Path(shutil.copytree(trained, tmp_path / 'work'))
    (copy / 'last_checkpoint').write_text(str(copy / 'epoch_1.pth'))
    return copy


@pytest.fixture
def resume(run_tool: RunTool, config: Path, work_dir: Path) -> Callable[[], Ran]:
    """Goes on for a second epoch."""
    options = ['--work-dir', work_dir, '--resume', '--cfg-options', 'train_cfg.max_epochs=2']
    return partial(run_tool, 'train.py', config, *options)


@pytest.fixture
def store(run_tool: RunTool, config: Path, tmp_path: Path) -> Callable[..., Ran]:
    """Writes a store of a kind into a folder."""

    def run(kind: str, *options: object) -> Ran:
        tool, more = ('prepare_crops', []) if kind == 'crops' else ('cache_teachers', ['--views', 1])
        return run_tool(f'{tool}.py', config, *more, '--shard-size', 8, '--out', tmp_path / 'store', *options)

    return run


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob('*') if path.is_file() and path.name != '.lock'}


def checkpoints(work_dir: Path) -> dict[Path, bytes]:
    """Checkpoints, what names the last, and parts that a failure might leave."""
    return {path: content for path, content in contents(work_dir).items() if path.parent == work_dir}


def assert_told(ran: Ran, *says: str) -> None:
    assert ran.code == 2, ran.err
    assert [word for word in says if word not in ran.err.splitlines()[-1]] == []
    assert 'Traceback' not in ran.err + ran.out


def assert_goes_on(resume: Callable[[], Ran], work_dir: Path) -> None:
    ran = resume()
    assert ran.code == 0, ran.err
    assert [path.name for path in work_dir.glob('*.pth')] == ['epoch_2.pth']
    assert torch.load(work_dir / 'epoch_2.pth', weights_only=True)['meta']['epoch'] == 2
    assert len((work_dir / 'distillation.jsonl').read_text().splitlines()) == 2


def test_a_disk_that_fills_up_while_training(resume, work_dir: Path, limit_files) -> None:
    before = checkpoints(work_dir)
    limit_files(CHECKPOINT)
    says = [f'training broke off: {work_dir}/epoch_2.pth cannot be written (File too large); free space', '--resume']
    assert_told(resume(), *says)
    after = checkpoints(work_dir)
    assert after.keys() == before.keys()
    assert all(after[work_dir / name] == before[work_dir / name] for name in ('epoch_1.pth', 'last_checkpoint'))
    limit_files(None)
    assert_goes_on(resume, work_dir)


def test_a_disk_that_is_full_before_training(resume, work_dir: Path, limit_files) -> None:
    before = contents(work_dir)
    limit_files(30_000)
    assert_told(resume(), f'work dir {work_dir} cannot be written (File too large)', '--work-dir')
    assert contents(work_dir) == before


def test_a_worker_that_is_killed_while_training(resume, work_dir: Path, deadly: Path) -> None:
    before = (work_dir / 'epoch_1.pth').read_bytes()
    deadly.touch()
    assert_told(resume(), 'training broke off: DataLoader worker', 'take fewer workers', '--resume')
    assert [path.read_bytes() for path in work_dir.glob('*.pth')] == [before]
    deadly.unlink()
    assert_goes_on(resume, work_dir)


def test_an_earlier_runs_checkpoint_is_none_to_go_on_from(
    run_tool: RunTool, config: Path, work_dir: Path, deadly: Path
) -> None:
    deadly.touch()
    ran = run_tool('train.py', config, '--work-dir', work_dir)
    assert_told(ran, 'training broke off: DataLoader worker', 'no checkpoint yet', 'start it again')


@pytest.mark.parametrize(('kind', 'workers'), [('crops', 0), ('crops', 1), ('targets', 0)])
def test_a_disk_that_fills_up_while_a_store_is_written(
    store: Callable[..., Ran], tmp_path: Path, limit_files, kind: str, workers: int
) -> None:
    assert store(kind).code == 0
    whole = contents(tmp_path / 'store')
    lost = [path for path in whole if '-00001-' in path.name]
    for path in lost:
        path.unlink()
    kept = contents(tmp_path / 'store')
    limit_files(10_000)
    says = ['-00001-', 'cannot be written (File too large); free space', 'give the same command again']
    assert_told(store(kind, '--workers', workers), *says)
    assert contents(tmp_path / 'store') == kept
    limit_files(None)
    assert store(kind).code == 0
    assert lost and contents(tmp_path / 'store') == whole


def test_a_worker_that_is_killed_while_targets_are_stored(
    store: Callable[..., Ran], tmp_path: Path, deadly: Path
) -> None:
    assert store('targets').code == 0
    whole = contents(tmp_path / 'store')
    next(path for path in whole if '-00001-' in path.name).unlink()
    deadly.touch()
    assert_told(store('targets'), 'DataLoader worker', 'take fewer workers', 'give the same command again')
    deadly.unlink()
    assert store('targets').code == 0
    assert contents(tmp_path / 'store') == whole


@pytest.mark.skipif(sys.platform == 'win32', reason='Windows has no such locks')
@pytest.mark.parametrize('kind', ['train', 'crops', 'targets'])
def test_a_second_writer_is_refused(resume, store, work_dir: Path, tmp_path: Path, kind: str) -> None:
    written = {'train': work_dir, 'crops': tmp_path / 'store', 'targets': tmp_path / 'store' / 'stage1'}[kind]
    written.mkdir(parents=True, exist_ok=True)
    before = contents(written)
    with subprocess.Popen(
        [sys.executable, '-c', LOCK, written / '.lock'], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        second = resume() if kind == 'train' else store(kind)
    option = '--work-dir' if kind == 'train' else '--out'
    assert_told(second, f'another process is writing into {written}: wait', option)
    assert contents(written) == before


@pytest.mark.parametrize('kind', ['crops', 'targets'])
def test_a_place_that_no_store_can_be_made_in(store: Callable[..., Ran], tmp_path: Path, kind: str) -> None:
    (tmp_path / 'store').write_text('mine')
    assert_told(store(kind), 'cannot be written', 'name another with --out')
    assert (tmp_path / 'store').read_text() == 'mine'


@pytest.mark.parametrize('form', ['onnx', 'torchscript', 'mmpose'])
def test_a_disk_that_fills_up_while_a_student_is_exported(
    run_tool: RunTool, trained: Path, tmp_path: Path, limit_files, form: str
) -> None:
    out = tmp_path / {'onnx': 'older.onnx', 'torchscript': 'older.pt', 'mmpose': 'older.pth'}[form]
    for path in (out, out.with_suffix('.py')):
        path.write_text('older')
    before = contents(tmp_path)
    limit_files(500_000)
    exported = run_tool('export.py', trained / 'epoch_1.pth', '--format', form, '--out', out, '--force')
    assert_told(exported, f'{out} cannot be written (File too large); free space there')
    assert contents(tmp_path) == before
