"""Bad inputs, as a user would give them: one screen that names the remedy, and existing outputs left alone."""

import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from tests.builders import CANVAS, model_config, train_config, write_teacher, write_teachers
from tests.conftest import Ran
from tests.evaluation_inputs import data_config, student_test_config, write_student

COCO_FILE = 'coco/annotations/person_keypoints_train2017.json'
SOURCES = 'train_dataloader.dataset.sources'
LINES = 20


class Mistake:
    """Runs a tool in this process and asserts how it ends."""

    def __init__(self, run_tool: Callable[..., Ran]) -> None:
        self.run_tool = run_tool

    def run(self, tool: str, *arguments: object) -> tuple[int, str]:
        """Returns the exit code and what was printed on stderr."""
        ran = self.run_tool(f'{tool}.py', *arguments)
        return ran.code, ran.err

    def __call__(self, tool: str, *arguments: object, says: list[str], keeps: Path | None = None) -> None:
        """Asserts a failure that says all of these words and leaves all files under ``keeps`` as they were."""
        before = contents(keeps)
        code, message = self.run(tool, *arguments)
        print(message)
        assert code != 0
        assert [word for word in says if word not in message] == []
        assert 'Traceback' not in message
        assert 'File "' not in message
        assert len(message.splitlines()) <= LINES
        after = contents(keeps)
        assert {path: after.get(path) for path in before} == before


def contents(folder: Path | None) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob('*') if path.is_file()} if folder else {}


@pytest.fixture
def mistake(run_tool: Callable[..., Ran]) -> Mistake:
    return Mistake(run_tool)


def cut(path: Path, keep: float = 0.5) -> Path:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    return path


class Code:
    """Pickles as a command that leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.command = f'touch {path}'

    def __reduce__(self) -> tuple:
        return os.system, (self.command,)


# training ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope='module')
def teachers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    return write_teachers(tmp_path_factory.mktemp('teachers'))


@pytest.fixture(scope='module')
def trained(synthetic: Path, teachers: dict[str, dict], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A training config, and the work dir of a run that has ended."""
    folder = tmp_path_factory.mktemp('run')
    config = train_config(synthetic, folder / 'work', model_config('coco+mpii', 21, teachers=teachers))
    config.dump(folder / 'small.py')
    Runner.from_cfg(Config.fromfile(folder / 'small.py')).train()
    return folder / 'small.py', folder / 'work'


@pytest.fixture
def work_dir(trained: tuple[Path, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained[1], tmp_path / 'work'))


@pytest.fixture
def config(trained: tuple[Path, Path]) -> Path:
    return trained[0]


@pytest.fixture
def data(synthetic: Path, tmp_path: Path) -> Path:
    """A copy of the synthetic data that a test may damage."""
    return Path(shutil.copytree(synthetic, tmp_path / 'data'))


def data_options(data: Path) -> list[str]:
    return [f'{SOURCES}.{name}.dataset.data_root={data / name}' for name in ('coco', 'mpii')]


OPTIONS = {
    'misspelt teacher': (
        ['model.teachers.mpi.weight=0.3'],
        ["teacher 'mpi' lacks one of ['config'", 'misspelt', 'removed by NAME=None'],
    ),
    'unknown schedule': (['model.teachers.mpii.schedule=fade'], ["unknown schedule 'fade'", "'cosine'"]),
    'negative weight': (['model.teachers.coco.weight=-1'], ['teachers.coco.weight', 'at least 0. Got: -1']),
    'a word as weight': (['model.gt_weight=much'], ['gt_weight must be a number', "'much'"]),
    'unknown skeleton': (['model.skeleton=coco+mpi'], ["no skeleton 'mpi'", 'a known name: ', 'mpii']),
    'unknown keypoint': (
        ['model.teachers.mpii.aliases.neck=upper_neck'],
        ["aliases name keypoints ['neck'] that 'mpii' does not have", 'upper_neck'],
    ),
    'unknown keypoint of the union': (
        [f'{SOURCES}.mpii.aliases.thorax=chest'],
        ["keypoints of source 'mpii' cannot be mapped", "['chest'] of 'mpii' are not in 'coco+mpii'"],
    ),
    'wrong outputs': (['model.head.out_channels=17'], ['predicts 17 keypoints', 'set model.head.out_channels=21']),
    'two skeletons': (
        ['model.skeleton=coco', 'model.head.out_channels=17', 'model.teachers=None', 'model.canvas_size="(128,128)"'],
        ["the 17 keypoints of 'coco'", 'give dataset and model the same skeleton'],
    ),
    'small canvas': (
        ['train_dataloader.dataset.pipeline.2.transforms.3.canvas_size="(96, 128)"'],
        ['crops canvases of (96, 128)', 'the model takes (128, 128)', 'give both the same'],
    ),
    'no ViewSampler': (
        ['train_dataloader.sampler.type=DefaultSampler'],
        ["use sampler=dict(type='ViewSampler') in the dataloader"],
    ),
    'unknown transform': (
        ['train_dataloader.dataset.pipeline.0.type=LoadImages'],
        ['LoadImages is not in the', 'registry'],
    ),
    'unknown model': (['model.type=MultiDistiller'], ['MultiDistiller is not in the', 'registry']),
    'unknown optimizer': (['optim_wrapper.optimizer.type=Adamm'], ["no optimizer 'Adamm'", 'type=AdamW']),
    'unknown scheduler': (['param_scheduler.type=LR'], ['LR is not in the', 'registry']),
    'unknown hook': (['default_hooks.damaged_images.type=Hook1'], ['Hook1 is not in the', 'registry']),
    'transforms out of order': (
        ['train_dataloader.dataset.pipeline.1.type=LoadCheckedImage'],
        ["lacks 'bbox_center'", 'see configs/_base_/coco-mpii_192x256.py'],
    ),
    'no key=value': (['model.teachers.mpii'], ['--cfg-options takes key=value', "Got: ['model.teachers.mpii']"]),
    'an option of nothing': (['train_cfg.max_epochs.all=3'], ['--cfg-options', 'max_epochs']),
    'no dataset': ([f'{SOURCES}.coco.dataset.data_root=nowhere'], ["source 'coco' is not in place", 'data/README.md']),
    'all sources removed': ([f'{SOURCES}.coco=None', f'{SOURCES}.mpii=None'], ['needs at least one source']),
    'no teacher file': (
        ['model.teachers.coco.checkpoint=nowhere.pth'],
        ["'nowhere.pth' was not found", 'give the path of an existing file'],
    ),
    'no licence': (['model.teachers.coco.license=3'], ["teacher 'coco': a licence is its name", 'Got: 3']),
    'no licence of a source': ([f'{SOURCES}.coco.license=3'], ["source 'coco': a licence is its name", 'Got: 3']),
    'no teacher config': (['model.teachers.coco.config=nowhere.py'], ['config of teacher', 'nowhere.py']),
    'another teacher': (
        ['model.teachers.mpii.skeleton=coco'],
        ["teacher 'mpii'", 'predicts 16 keypoints', "'coco' has 17", 'name the skeleton it was trained on'],
    ),
    'half a validation': (['val_cfg={}'], ['val_dataloader']),
}


@pytest.mark.parametrize('name', OPTIONS)
def test_train_options(mistake: Mistake, config: Path, work_dir: Path, name: str) -> None:
    options, says = OPTIONS[name]
    mistake('train', config, '--work-dir', work_dir, '--cfg-options', *options, says=says, keeps=work_dir)


def test_train_on_fewer_teachers(mistake: Mistake, config: Path, tmp_path: Path) -> None:
    options = ['model.teachers.mpii=None', 'model.canvas_size="(128, 128)"', 'log_level=INFO']
    options += ['model.teachers.coco.license=gpl-3.0', f'{SOURCES}.mpii.license=research-only']
    assert mistake.run('train', config, '--work-dir', tmp_path, '--cfg-options', *options)[0] == 0
    written = torch.load(tmp_path / 'epoch_1.pth', weights_only=True)['meta']['licences']
    expected = ["teacher 'coco' gpl-3.0", "source 'coco' none stated", "source 'mpii' research-only"]
    assert [f'{one["kind"]} {one["name"]!r} {one["license"]}' for one in written] == expected
    (log,) = tmp_path.glob('*/*.log')
    rows = log.read_text().partition('what the student comes from:\n')[2].splitlines()[1:4]
    assert [' '.join(row.split()[:-1]) for row in rows[2:]] == ["source 'mpii' research-only research"]
    assert [row.split('  ')[0] for row in rows] == ["teacher 'coco'", "source 'coco'", "source 'mpii'"]
    assert (tmp_path / 'epoch_1.pth').is_file()


CONFIGS = {
    'missing': (None, ['config not found: ', 'bad.py']),
    'syntax': ('model = dict(', ['bad.py cannot be read (SyntaxError', 'correct it']),
    'code that fails': ('model = 1 / 0', ['bad.py cannot be read (ZeroDivisionError']),
    'base missing': ("_base_ = ['nowhere.py']", ['bad.py cannot be read (FileNotFoundError', 'nowhere.py']),
    'no training config': ('model = dict()', ["lacks ['model', 'train_dataloader'", 'give one such as configs/']),
}


@pytest.mark.parametrize('name', CONFIGS)
def test_train_config(mistake: Mistake, work_dir: Path, tmp_path: Path, name: str) -> None:
    text, says = CONFIGS[name]
    if text:
        (tmp_path / 'bad.py').write_text(text)
    mistake('train', tmp_path / 'bad.py', '--work-dir', work_dir, says=says, keeps=work_dir)


def test_train_a_teachers_config(mistake: Mistake, teachers: dict[str, dict], work_dir: Path) -> None:
    says = ['coco.py', "lacks ['train_dataloader', 'train_cfg', 'optim_wrapper']", 'configs/distill_small.py']
    mistake('train', teachers['coco']['config'], '--work-dir', work_dir, says=says, keeps=work_dir)
    more = ['--amp', '--auto-scale-lr']
    mistake('train', teachers['coco']['config'], '--work-dir', work_dir, *more, says=["lacks ['train"], keeps=work_dir)


@pytest.mark.skipif(torch.cuda.is_available(), reason='needs a machine without GPU')
def test_train_amp_without_units_for_it(
    mistake: Mistake, config: Path, work_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('unipose.commands.train.config.has_fast_bf16', lambda device: False)
    says = ['mixed precision (--amp) needs a GPU, or a CPU with units for bfloat16', 'leave out --amp']
    mistake('train', config, '--work-dir', work_dir, '--amp', says=says, keeps=work_dir)


@pytest.mark.parametrize(
    ('option', 'says'),
    [
        ('--targets', ['no teacher targets in', 'unipose cache CONFIG --out']),
        ('--crops', ['no crops in', 'unipose crops CONFIG --out']),
    ],
)
def test_train_from_what_was_not_stored(
    mistake: Mistake, config: Path, work_dir: Path, tmp_path: Path, option: str, says: list[str]
) -> None:
    mistake('train', config, '--work-dir', work_dir, option, tmp_path / 'nowhere', says=says, keeps=work_dir)


@pytest.mark.parametrize(
    ('tool', 'options', 'says'),
    [
        ('cache_teachers', ['--views', '0'], ['num_views', 'at least 1', 'Got: 0']),
        ('cache_teachers', ['--leaves', '7'], ['leaves must be an even number']),
        ('cache_teachers', ['--cfg-options', 'model.teachers=None'], ['no model with teachers']),
        ('cache_teachers', ['--crops', 'nowhere'], ['no crops in nowhere']),
        ('prepare_crops', ['--max-height', '0'], ['max_height', 'Got']),
        ('prepare_crops', ['--cfg-options', f'{SOURCES}.coco.dataset.data_root=nowhere'], ['is not in place, missing']),
    ],
)
def test_what_cannot_be_stored(
    mistake: Mistake, config: Path, tmp_path: Path, tool: str, options: list[str], says: list[str]
) -> None:
    mistake(tool, config, '--out', tmp_path / 'out', *options, says=says, keeps=tmp_path)
    assert not (tmp_path / 'out').exists()


def test_train_work_dir(mistake: Mistake, config: Path, tmp_path: Path) -> None:
    file = tmp_path / 'file'
    file.write_text('mine')
    for work_dir in (file, file / 'below', Path('/proc/nowhere/below')):
        says = [f'work dir {work_dir} cannot be written', 'give another folder with --work-dir']
        mistake('train', config, '--work-dir', work_dir, says=says, keeps=tmp_path)


def weights_only(path: Path) -> None:
    torch.save(dict(state_dict=torch.load(path, weights_only=True)['state_dict']), path)


def other_head(path: Path) -> None:
    content = torch.load(path, weights_only=True)
    content['state_dict'] = {k: v[:17] if 'final_layer' in k else v for k, v in content['state_dict'].items()}
    torch.save(content, path)


CHECKPOINTS: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    'missing': (Path.unlink, ['does not exist', 'To do: give the path']),
    'truncated': (cut, ['is truncated, damaged or no checkpoint', 'To do: ']),
    'empty': (lambda path: path.write_bytes(b''), ['(0 bytes', 'To do: ']),
    'code': (
        lambda path: path.write_bytes(pickle.dumps(Code(path.with_name('ran')), 2)),
        ['holds Python objects that could run code', 'nothing in it was run'],
    ),
    'weights only': (weights_only, ["lacks ['meta', 'optimizer'", '--cfg-options load_from=']),
    'another model': (other_head, ['has 17 outputs, skeleton coco+mpii has 21']),
}


@pytest.mark.parametrize('name', CHECKPOINTS)
@pytest.mark.parametrize('given', [True, False])
def test_train_resume(mistake: Mistake, config: Path, work_dir: Path, name: str, given: bool) -> None:
    spoil, says = CHECKPOINTS[name]
    checkpoint = work_dir / 'epoch_1.pth'
    (work_dir / 'last_checkpoint').write_text(str(checkpoint))
    spoil(checkpoint)
    resume = ['--resume', *([checkpoint] if given else [])]
    mistake('train', config, '--work-dir', work_dir, *resume, says=['epoch_1.pth', *says], keeps=work_dir)
    assert not (work_dir / 'ran').exists()


def test_train_auto_scale_lr(mistake: Mistake, config: Path, work_dir: Path) -> None:
    says = ['Lack of `base_batch_size` in `auto_scale_lr`']
    mistake('train', config, '--work-dir', work_dir, '--auto-scale-lr', says=says, keeps=work_dir)


def test_train_resumes(mistake: Mistake, config: Path, work_dir: Path) -> None:
    more = ['--work-dir', work_dir, '--cfg-options', 'train_cfg.max_epochs=2']
    epoch_1 = work_dir / 'epoch_1.pth'
    before = epoch_1.read_bytes()
    for resume in ('--resume', f'--resume={epoch_1}'):
        assert mistake.run('train', config, resume, *more)[0] == 0
        epoch_2 = work_dir / 'epoch_2.pth'
        assert epoch_1.read_bytes() == before  # the first epoch was not run again
        assert torch.load(epoch_2, weights_only=True)['meta']['epoch'] == 2
        epoch_2.unlink()
        (work_dir / 'last_checkpoint').unlink(missing_ok=True)


def test_train_with_nothing_to_resume(mistake: Mistake, config: Path, tmp_path: Path) -> None:
    says = [f'nothing to resume in {tmp_path / "new"}: training starts anew\n', 'MultiDistiller is not in the']
    more = ['--cfg-options', 'model.type=MultiDistiller']
    mistake('train', config, '--work-dir', tmp_path / 'new', '--resume', *more, says=says)


def test_train_start_from_another_model(mistake: Mistake, config: Path, work_dir: Path, tmp_path: Path) -> None:
    torch.save(dict(weight=torch.zeros(1)), tmp_path / 'other.pth')
    options = ['--cfg-options', f'load_from={tmp_path / "other.pth"}']
    mistake(
        'train', config, '--work-dir', work_dir, *options, says=['other.pth does not fit the model'], keeps=work_dir
    )


def change_annotations(path: Path, change: Callable[[dict], object]) -> None:
    content = json.loads(path.read_text())
    for annotation in content['annotations'][:9]:
        change(annotation)
    path.write_text(json.dumps(content))


def too_few(annotation: dict) -> None:
    annotation['keypoints'] = annotation['keypoints'][:48]


def not_finite(annotation: dict) -> None:
    annotation['keypoints'][:3] = [float('nan'), 3.0, 2]


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


DATA: dict[str, tuple[Callable[[Path], object], list[str]]] = {
    'wrong number of keypoints': (
        lambda data: change_annotations(data / COCO_FILE, too_few),
        [
            'person_keypoints_train2017.json',
            '48 numbers, not 51',
            'write x, y, v for each',
            '`unipose check` lists all',
        ],
    ),
    'NaN coordinates': (
        lambda data: change_annotations(data / COCO_FILE, not_finite),
        ['nose [nan', '9 problems', 'write 0, 0, 0 where nothing is known'],
    ),
    'truncated JSON': (
        lambda data: cut(data / 'mpii/annotations/mpii_train.json'),
        ['mpii_train.json is not JSON', 'correct it, or get it again'],
    ),
    'annotations of another dataset': (
        lambda data: shutil.copy(data / 'mpii/annotations/mpii_train.json', data / COCO_FILE),
        ["source 'coco'", 'must be a mapping with lists of images and annotations', 'Got: a list of'],
    ),
    'empty image folder': (
        lambda data: empty(data / 'mpii/images'),
        ["source 'mpii'", 'damaged or missing; is the image folder complete?', 'No such file'],
    ),
    'no image folder': (
        lambda data: shutil.rmtree(data / 'coco/train2017'),
        ["source 'coco' is not in place", 'image folder', 'data/README.md'],
    ),
    'no annotations': (
        lambda data: (data / COCO_FILE).write_text('{"images": [], "annotations": [], "categories": []}'),
        ['person_keypoints_train2017.json', 'there is nobody to learn from', '0 annotations of 0 images'],
    ),
}


@pytest.mark.parametrize('name', DATA)
def test_train_data(mistake: Mistake, config: Path, work_dir: Path, data: Path, name: str) -> None:
    spoil, says = DATA[name]
    spoil(data)
    mistake('train', config, '--work-dir', work_dir, '--cfg-options', *data_options(data), says=says, keeps=work_dir)


@pytest.mark.parametrize('workers', [0, 1])
def test_a_folder_that_breaks_during_training(
    mistake: Mistake, config: Path, tmp_path: Path, data: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr('unipose.datasets.unified_keypoint_dataset._MAX_DAMAGED', 1)
    cut(sorted((data / 'mpii/images').iterdir())[11])  # the last of 12 to train on
    options = [*data_options(data), f'train_dataloader.num_workers={workers}']
    says = ["source 'mpii': 1 images in a row", 'is the image folder complete?', 'truncated']
    mistake('train', config, '--work-dir', tmp_path / 'out', '--cfg-options', *options, says=says)
    assert (tmp_path / 'out' / config.name).is_file()  # training had begun


def test_errors_of_our_own_are_not_hidden(
    mistake: Mistake, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError('a defect')

    monkeypatch.setattr('unipose.losses.simcc_kl_loss.SimCCKLLoss.divergence', fail)
    with pytest.raises(RuntimeError, match='training broke off') as caught:
        mistake.run('train', config, '--work-dir', tmp_path)
    assert isinstance(caught.value.__cause__, ValueError) and str(caught.value.__cause__) == 'a defect'


def test_damaged_images_are_skipped_counted_and_reported(
    mistake: Mistake, synthetic: Path, tmp_path: Path, data: Path
) -> None:
    damaged = [
        cut(sorted((data / folder).iterdir())[0]) for folder in ('coco/train2017', 'mpii/images', 'coco/val2017')
    ]
    test = data_config(data)
    model = model_config('coco+mpii', 21, canvas_size=CANVAS)
    config = train_config(
        data,
        tmp_path / 'work',
        model,
        val_dataloader=test['test_dataloader'],
        val_evaluator=test['test_evaluator'],
        val_cfg=dict(),
    )
    config.dump(tmp_path / 'config.py')
    assert mistake.run('train', tmp_path / 'config.py') == (0, '')
    report = (tmp_path / 'work/damaged_images.txt').read_text()
    assert [path.name for path in damaged if path.name not in report] == []
    assert len(report.splitlines()) == len(damaged)
    log = next((tmp_path / 'work').glob('*/*.log')).read_text()
    assert f'{len(damaged)} damaged images have been skipped' in log


def spoil_digest(path: Path) -> Path:
    return path.rename(path.with_name('teacher-0123abcd_20230206.pth'))


TEACHERS: dict[str, tuple[Callable[[Path], Path | None], list[str]]] = {
    'of 17 outputs': (
        lambda path: Path(shutil.copy(path.with_name('coco.pth'), path)),
        ["teacher 'mpii'", 'mpii.pth does not fit the model', '17 outputs, skeleton mpii has 16'],
    ),
    'truncated': (cut, ['mpii.pth is truncated, damaged', 'To do: get it again']),
    'with code': (CHECKPOINTS['code'][0], CHECKPOINTS['code'][1]),
    'with a wrong digest': (
        spoil_digest,
        ['teacher-0123abcd_20230206.pth has the wrong digest', 'expected SHA-256: 0123abcd', 'To do: '],
    ),
}


@pytest.mark.parametrize('name', TEACHERS)
def test_train_teacher(mistake: Mistake, config: Path, work_dir: Path, tmp_path: Path, name: str) -> None:
    spoil, says = TEACHERS[name]
    entries = write_teachers(tmp_path / 'teachers')
    if name == 'of 17 outputs':  # of the same size otherwise
        write_teacher(tmp_path / 'teachers', 'coco', 17, CANVAS)
    path = Path(entries['mpii']['checkpoint'])
    spoiled = spoil(path)
    path = spoiled if isinstance(spoiled, Path) else path
    options = ['--cfg-options', f'model.teachers.mpii.checkpoint={path}']
    mistake('train', config, '--work-dir', work_dir, *options, says=says, keeps=work_dir)
    assert not (path.parent / 'ran').exists()


# the other tools -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope='module')
def scored(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a test config, a student's checkpoint, and results of an earlier run."""
    folder = tmp_path_factory.mktemp('scored')
    config = student_test_config(synthetic)
    config.dump(folder / 'small.py')
    write_student(folder / 'epoch_1.pth', config)
    for name in ('metrics.json', 'student.pth', 'student.py'):
        (folder / name).write_text('of an earlier run')
    return folder


@pytest.fixture
def student(scored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scored, tmp_path / 'student'))


def score(mistake: Mistake, folder: Path, *more: object, says: list[str]) -> None:
    out = ['--out', folder / 'metrics.json']
    mistake('test', folder / 'small.py', folder / 'epoch_1.pth', *out, *more, says=says, keeps=folder)


@pytest.mark.parametrize('name', ['missing', 'truncated', 'empty', 'code', 'another model'])
def test_score_checkpoint(mistake: Mistake, student: Path, name: str) -> None:
    spoil, says = CHECKPOINTS[name]
    spoil(student / 'epoch_1.pth')
    says = ['was not found', 'To do: '] if name == 'missing' else says
    score(mistake, student, says=['epoch_1.pth', *says])
    assert not (student / 'ran').exists()


@pytest.mark.parametrize('workers', [0, 1])
def test_score_damaged_image(mistake: Mistake, student: Path, data: Path, workers: int) -> None:
    victim = cut(sorted((data / 'coco/val2017').iterdir())[0])
    sources = 'test_dataloader.dataset.sources'
    options = [f'{sources}.coco.dataset.data_root={data / "coco"}', f'test_dataloader.num_workers={workers}']
    says = [str(victim), 'truncated', 'get this file again: scores of fewer people would not compare']
    score(mistake, student, '--cfg-options', *options, says=says)


SCORE = {
    'no dataset': (['test_dataloader.dataset.sources.mpii.dataset.data_root=nowhere'], ["source 'mpii' is not in"]),
    'unknown metric': (['test_evaluator.metrics.mpii.type=PCK2'], ['PCK2 is not in the', 'registry']),
    'unknown skeleton': (['test_dataloader.dataset.skeleton=coco+mpi'], ["no skeleton 'mpi'"]),
    'unknown key': (['model.hand.out_channels=3'], ['hand']),
    'no key=value': (['test_dataloader.batch_size'], ['--cfg-options takes key=value']),
}


@pytest.mark.parametrize('name', SCORE)
def test_score_options(mistake: Mistake, student: Path, name: str) -> None:
    options, says = SCORE[name]
    score(mistake, student, '--cfg-options', *options, says=says)


def test_score_training_config_without_test(mistake: Mistake, config: Path, student: Path) -> None:
    says = ["lacks ['test_dataloader', 'test_evaluator']", 'configs/distill_small.py']
    out = ['--out', student / 'metrics.json']
    mistake('test', config, student / 'epoch_1.pth', *out, says=says, keeps=student)


@pytest.mark.parametrize('name', ['missing', 'truncated', 'code'])
def test_export_checkpoint(mistake: Mistake, student: Path, name: str) -> None:
    spoil, says = CHECKPOINTS[name]
    spoil(student / 'epoch_1.pth')
    arguments = [student / 'epoch_1.pth', student / 'student.pth', '--force']
    mistake('export_student', *arguments, says=['epoch_1.pth', *says], keeps=student)
    assert not (student / 'ran').exists()


def test_export_output(mistake: Mistake, student: Path) -> None:
    for out, says in (
        ('student.pth', ['student.py exists', '--force']),
        ('epoch_1.pth', ['is the checkpoint itself', 'name another file']),
        ('student', ['are a .pth file']),
        ('metrics.json/new.pth', ['cannot be written', 'a folder that you can write to']),
    ):
        mistake('export_student', student / 'epoch_1.pth', student / out, says=says, keeps=student)


def test_inference(mistake: Mistake, student: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / 'empty').mkdir()
    images, weights = data / 'coco/val2017', student / 'epoch_1.pth'
    torn = cut(Path(shutil.copy(weights, tmp_path / 'torn.pth')))
    for source, checkpoint, out, says in (
        (tmp_path / 'empty', weights, 'vis', ['no image or video in', 'images end in .jpg']),
        (tmp_path / 'nowhere', weights, 'vis', ['no such file or folder']),
        (images, torn, 'vis', ['torn.pth is truncated', 'To do: ']),
        (images, tmp_path / 'no.pth', 'vis', ["no.pth' was not found", 'To do: ']),
        (images, tmp_path / 'student.onnx', 'vis', ['unipose-run --model ', 'student.onnx']),
        (images, weights, 'metrics.json', ['cannot write to', 'give another folder']),
    ):
        arguments = ['--pose2d', student / 'small.py', '--pose2d-weights', checkpoint, '--vis-out-dir', student / out]
        mistake('inferencer_demo', source, *arguments, says=says, keeps=student)


def test_windows(mistake: Mistake, config: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / 'windows'
    out.mkdir()
    (out / 'coco_0.png').write_text('of an earlier run')
    empty(data / 'coco/train2017')
    for options, says in (
        (data_options(data), ["source 'coco': 12 images in a row are damaged or missing"]),
        (['model.teachers.mpi.weight=0.3'], ["teacher 'mpi' lacks one of ['config'", 'misspelt']),
        ([f'{SOURCES}.coco.skeleton=cocoo'], ["no skeleton 'cocoo'", 'coco']),
        (['train_dataloader=None'], ['expected a UnifiedKeypointDataset', 'as in configs/distill_small.py']),
    ):
        mistake('browse_dataset', config, '--out', out, '--cfg-options', *options, says=says, keeps=out)
    (tmp_path / 'bad.py').write_text('model = dict(')
    mistake('browse_dataset', tmp_path / 'bad.py', '--out', out, says=['bad.py cannot be read'], keeps=out)
    mistake('browse_dataset', config, '--out', out / 'coco_0.png', '--num', 1, says=['coco_0.png'], keeps=out)


def test_download(mistake: Mistake, tmp_path: Path) -> None:
    from unipose.checkpoints.manifest import load_manifest

    name, entry = next(iter(load_manifest().items()))
    mirror, here = tmp_path / 'mirror', tmp_path / 'here'
    for folder in (mirror, here):
        folder.mkdir()
    (mirror / entry.file).write_bytes(b'other weights')
    source = ['--url-base', mirror]
    mistake('download_teachers', name, *source, '--dir', here, says=['wrong digest', '--accept'], keeps=tmp_path)
    (here / entry.file).write_bytes(b'mine')
    mistake('download_teachers', name, *source, '--dir', here, says=['wrong digest', 'delete it'], keeps=tmp_path)
    below = here / entry.file / 'below'
    mistake('download_teachers', name, *source, '--dir', below, says=['cannot read or write'], keeps=tmp_path)
    mistake('download_teachers', 'rtmpose', *source, says=['unknown rtmpose; known: '], keeps=tmp_path)
    zipped, model = 'rtmpose-m_body7-256x192', 'vitpose-b_coco-256x192'
    (mirror / load_manifest()[zipped].archive).write_bytes(b'no zip')
    mistake('download_teachers', zipped, *source, '--dir', here, says=['cannot be unpacked', 'removed'], keeps=tmp_path)
    mistake('download_teachers', model, *source, '--dir', here, says=['Hugging Face', 'HF_ENDPOINT'], keeps=tmp_path)
    made = 'movenet-thunder_coco-256x256'
    mistake('download_teachers', made, '--dir', here, says=['has to be made', 'teachers/README.md'], keeps=tmp_path)


def test_synthetic(mistake: Mistake, tmp_path: Path) -> None:
    (tmp_path / 'coco/annotations').mkdir(parents=True)
    (tmp_path / 'coco/annotations/person_keypoints_train2017.json').write_text('the real one')
    for out, more, says in (
        (tmp_path, [], ['that this generator did not write', 'Choose another folder']),
        (tmp_path / 'coco/annotations/person_keypoints_train2017.json', [], ['person_keypoints_train2017.json']),
        (tmp_path / 'new', ['--train', 0], ['at least 1 image']),
        (tmp_path / 'new', ['--difficulty', 7], ['difficulty']),
    ):
        mistake('make_synthetic', out, *more, says=says, keeps=tmp_path)
