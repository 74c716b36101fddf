"""The exported student is MMPose's own model: same keypoints, no unipose."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpose.models.heads import RTMCCHead
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import MODELS

from tests.builders import write_teachers
from tests.evaluation_inputs import UNION, student_test_config, write_student
from unipose.checkpoints.loading import load_weights
from unipose.distillers.write_mmpose_files import export_student, literal_config
from unipose.evaluation.configs import student_config
from unipose.evaluation.evaluate import build_test_loader, evaluate_checkpoint
from unipose.skeletons import Skeleton

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='module')
def config(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    teachers = write_teachers(tmp_path_factory.mktemp('teachers'))
    teachers['coco']['license'] = 'cc-by-nc-4.0'
    return student_test_config(synthetic, teachers=teachers)


@pytest.fixture(scope='module')
def checkpoint(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_student(tmp_path_factory.mktemp('run') / 'epoch_1.pth', config, ema_state_dict={})


@pytest.fixture(scope='module')
def exported(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return export_student(checkpoint, tmp_path_factory.mktemp('export') / 'student.pth')


def test_loads_strictly_into_mmpose(exported: tuple[Path, Path]) -> None:
    weights, config_file = exported
    content = torch.load(weights, weights_only=True)
    model = MODELS.build(Config.fromfile(config_file).model)
    assert type(model) is TopdownPoseEstimator
    assert type(model.head) is RTMCCHead
    model.load_state_dict(content['state_dict'], strict=True)
    skeleton = Skeleton.from_metainfo(content['meta']['dataset_meta'])
    assert (skeleton.names, skeleton.flip_indices, skeleton.links) == (UNION.names, UNION.flip_indices, UNION.links)
    assert skeleton.sigmas == pytest.approx(UNION.sigmas)
    assert content['meta']['ema'] is True
    coco = dict(kind='teacher', name='coco', license='cc-by-nc-4.0', conditions=['attribution', 'non-commercial'])
    mpii = dict(kind='teacher', name='mpii', license='none stated', conditions=None)
    assert content['meta']['licences'] == [coco, mpii]
    assert content['meta']['exported_from'] == 'epoch_1.pth'
    text = config_file.read_text()
    assert str(weights.parent) not in text
    assert 'unipose.' not in text


def test_same_keypoints_on_the_same_crops(config: Config, checkpoint: Path, exported: tuple[Path, Path]) -> None:
    distiller = MODELS.build(student_config(config).model).eval()
    load_weights(distiller, checkpoint, what='student')
    plain = MODELS.build(Config.fromfile(exported[1]).model).eval()
    plain.load_state_dict(torch.load(exported[0], weights_only=True)['state_dict'])
    loader = build_test_loader(student_config(config))
    batch = next(iter(loader))
    with torch.no_grad():
        ours = [sample.pred_instances for sample in distiller.test_step(batch)]
        theirs = [sample.pred_instances for sample in plain.test_step(batch)]
    assert len(np.unique(np.concatenate([one.keypoints for one in ours]))) > 50  # not one place for all
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one.keypoints, other.keypoints)
        np.testing.assert_allclose(one.keypoint_scores, other.keypoint_scores, atol=1e-4)


def test_scores_like_the_checkpoint(config: Config, checkpoint: Path, exported: tuple[Path, Path]) -> None:
    before, after = evaluate_checkpoint(config, checkpoint), evaluate_checkpoint(config, exported[0])
    assert after.metrics == pytest.approx(before.metrics, nan_ok=True)
    assert after.protocol['ema'] is True
    assert after.protocol['checkpoint'] == 'student.pth'


def test_it_has_the_plain_outputs_alone(config: Config, tmp_path: Path) -> None:
    spoken = config.copy()
    dialects = dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii'))
    spoken.merge_from_dict(dict(model=dict(dialects=dialects, test_cfg=dict(dialects=True))))
    checkpoint = write_student(tmp_path / 'epoch_1.pth', spoken)
    exported = export_student(checkpoint, tmp_path / 'student.pth')[0]
    assert evaluate_checkpoint(spoken, checkpoint).protocol['dialects'] is True
    assert evaluate_checkpoint(spoken, exported).protocol['dialects'] is False


def test_mmpose_runs_it_without_unipose(exported: tuple[Path, Path], synthetic: Path, tmp_path: Path) -> None:
    image = sorted((synthetic / 'coco/val2017').glob('*.jpg'))[0]
    script = f"""
import sys
from unipose import compat
compat.apply()  # what MMPose itself needs here to be imported
from mmpose.apis import MMPoseInferencer, inference_topdown, init_model
weights, config = {str(exported[0])!r}, {str(exported[1])!r}
model = init_model(config, weights, device='cpu')
instances = inference_topdown(model, {str(image)!r})[0].pred_instances
assert instances.keypoints.shape == (1, 21, 2)
inferencer = MMPoseInferencer(pose2d=config, pose2d_weights=weights, det_model='whole_image', device='cpu')
result = next(inferencer({str(image)!r}, vis_out_dir={str(tmp_path)!r}, kpt_thr=0.0))
person = result['predictions'][0][0]
assert len(person['keypoints']) == 21
assert abs(instances.keypoints[0] - person['keypoints']).max() < 1e-3
assert not [name for name in sys.modules if name.startswith('unipose.') and not name.startswith('unipose.compat')]
"""
    found = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', script], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    assert list(tmp_path.glob('*.jpg'))


def test_a_plain_run_is_exported_too(config: Config, tmp_path: Path) -> None:
    """A baseline without teachers, whose weights also lack the moving average."""
    baseline = config.copy()
    baseline.model.pop('teachers')
    weights, _ = export_student(write_student(tmp_path / 'epoch_1.pth', baseline), tmp_path / 'plain.pth')
    assert torch.load(weights, weights_only=True)['meta']['ema'] is False


def test_mistakes(checkpoint: Path, exported: tuple[Path, Path], tmp_path: Path) -> None:
    own = tmp_path / 'own.pth'
    own.write_bytes(checkpoint.read_bytes())
    out = tmp_path / 'student.pth'
    with pytest.raises(FileNotFoundError, match='none.pth does not exist'):
        export_student(tmp_path / 'none.pth', out)
    with pytest.raises(ValueError, match='the checkpoint itself'):
        export_student(own, tmp_path / '.' / 'own.pth', force=True)
    assert own.read_bytes() == checkpoint.read_bytes()
    with pytest.raises(ValueError, match='weights are a .pth file'):
        export_student(checkpoint, tmp_path / 'student.py')
    with pytest.raises(ValueError, match='no cfg in its meta, so it is no checkpoint of a training run'):
        export_student(exported[0], out)
    out.with_suffix('.py').write_text('old')
    with pytest.raises(FileExistsError, match='student.py exists; .*--force'):
        export_student(checkpoint, out)
    assert out.with_suffix('.py').read_text() == 'old'
    export_student(checkpoint, out, force=True)
    assert out.with_suffix('.py').read_text() != 'old'
    with pytest.raises(OSError, match='cannot be written'):
        export_student(checkpoint, own / 'student.pth')
    assert sorted(file.name for file in tmp_path.iterdir()) == ['own.pth', 'student.pth', 'student.py']


def test_code_in_a_checkpoints_config_is_not_run(checkpoint: Path, tmp_path: Path) -> None:
    content = torch.load(checkpoint, weights_only=True)
    content['meta']['cfg'] = (
        f'import pathlib\npathlib.Path({str(tmp_path / "ran")!r}).touch()\n' + content['meta']['cfg']
    )
    torch.save(content, tmp_path / 'evil.pth')
    with pytest.raises(ValueError, match='holds code, which is not run: import pathlib'):
        export_student(tmp_path / 'evil.pth', tmp_path / 'out.pth')
    assert not (tmp_path / 'ran').exists()


@pytest.mark.parametrize(
    'text', ['a = open("x")', 'a = [].append', 'a = dict([(1, 2)])', 'a = dict(**{})', 'a.b = 1', 'a =', 'a = b']
)
def test_literal_config_refuses_code(text: str) -> None:
    with pytest.raises(ValueError, match='the config in the checkpoint'):
        literal_config(text)


def test_literal_config_reads_what_mmengine_writes() -> None:
    config = dict(
        model=dict(type='A', size=(1, 2), scale=-1.5e-05, names=['a'], none=None, on=True),
        mapping={'a-b': 1, 3: dict(x={'y'})},
        rest=[float('inf'), ()],
    )
    assert literal_config(Config(config).pretty_text) == config


def test_the_tool(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, 'argv', ['export_student.py', str(checkpoint), str(tmp_path / 'student.pth')])
    tool = str(REPOSITORY / 'tools' / 'export_student.py')
    runpy.run_path(tool, run_name='__main__')
    assert 'student.pth' in capsys.readouterr().out
    assert sorted(file.name for file in tmp_path.iterdir()) == ['student.pth', 'student.py']
    with pytest.raises(SystemExit):
        runpy.run_path(tool, run_name='__main__')
    assert '--force' in capsys.readouterr().err


def test_a_format_of_export(checkpoint: Path, tmp_path: Path, run_tool) -> None:
    for name, arguments in (
        ('export_student.py', [checkpoint, tmp_path / 'old/student.pth']),
        ('export.py', [checkpoint, '--format', 'mmpose', '--out', tmp_path / 'new/student.pth']),
    ):
        ran = run_tool(name, *arguments)
        assert ran.code == 0 and ran.out.startswith('written: ')
    for file in ('student.pth', 'student.py'):
        assert (tmp_path / 'new' / file).read_bytes() == (tmp_path / 'old' / file).read_bytes()
    assert '--force' in run_tool('export.py', *arguments).err
    for more, said in (
        (['--fp16', '--no-dynamic-batch'], 'leave out --no-dynamic-batch, --fp16'),
        (['--out', tmp_path / 'student.onnx'], 'are a .pth file'),
        (['--format', 'onnx'], 'or give --format mmpose'),
    ):
        ran = run_tool('export.py', *arguments, *more)
        assert ran.code == 2 and said in ran.err
    assert 'name the first with --out' in run_tool('export.py', checkpoint, '--format', 'mmpose').err
