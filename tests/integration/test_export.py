"""tools/export.py: files that predict what the student does, say what it is, and are not kept otherwise."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from mmengine.config import Config

from tests.builders import model_config
from tests.student_files import save_checkpoint, write_student
from unipose.export import export as exporting
from unipose.export.deployed_student import load_exportable
from unipose.export.onnx_file import OPSET
from unipose.export.pictures import check_pictures
from unipose.inference import PoseInferencer
from unipose.runtime.file_facts import METADATA_KEY
from unipose.runtime.onnx_pose_estimator import OnnxPoseEstimator
from unipose.skeletons import load_skeleton

UNION = load_skeleton('coco+mpii')


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student as a training run saves it: its config is in the checkpoint."""
    folder = tmp_path_factory.mktemp('student')
    _, weights = write_student(folder)
    content = torch.load(weights, weights_only=False)
    text = Config(dict(default_scope='mmpose', model=model_config('coco+mpii', 21))).pretty_text
    content['meta']['cfg'] = text
    torch.save(content, folder / 'epoch_1.pth')
    return folder / 'epoch_1.pth'


@pytest.fixture
def run(run_tool):
    return partial(run_tool, 'export.py')


@pytest.mark.parametrize('options', [(), ('--with-decode',), ('--no-dynamic-batch',), ('--format', 'torchscript')])
def test_files_predict_what_the_student_does(checkpoint: Path, tmp_path: Path, run, options: tuple[str, ...]) -> None:
    out = tmp_path / 'student.onnx'
    code, printed, errors = run(checkpoint, '--out', out, *options)
    assert code == 0, errors
    assert f'written: {out}' in printed and 'against torch, on' in printed
    assert ' 0.00% by more than 0.1' in printed
    assert [file.name for file in tmp_path.iterdir()] == ['student.onnx']


def test_half_precision_is_half_as_large(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    student = load_exportable(checkpoint)
    images = check_pictures(student, limit=4)
    exporting.export(student, tmp_path / 'full.onnx', images)
    monkeypatch.setattr(exporting, '_HALF', (0.1, 1.0))  # a student that has learned nothing is unsure everywhere
    found = exporting.export(student, tmp_path / 'half.onnx', images, fp16=True)
    assert found.score < 0.1
    assert (tmp_path / 'half.onnx').stat().st_size < 0.7 * (tmp_path / 'full.onnx').stat().st_size


def test_a_file_says_what_it_is(checkpoint: Path, tmp_path: Path, run) -> None:
    run(checkpoint, '--out', tmp_path / 'student.onnx')
    proto = onnx.load(tmp_path / 'student.onnx')
    facts = json.loads({entry.key: entry.value for entry in proto.metadata_props}[METADATA_KEY])
    assert facts['keypoint_names'] == list(UNION.names) and facts['flip_indices'] == list(UNION.flip_indices)
    assert facts['skeleton_links'] == [list(link) for link in UNION.link_indices]
    assert facts['sigmas'] == pytest.approx(UNION.sigmas)
    assert facts['input_size'] == [96, 128] and facts['simcc_split_ratio'] == 2.0 and facts['channels'] == 'RGB'
    assert facts['mean'] == [123.675, 116.28, 103.53] and facts['std'] == [58.395, 57.12, 57.375]
    assert [output.name for output in proto.graph.output] == ['simcc_x', 'simcc_y']
    assert {entry.version for entry in proto.opset_import if not entry.domain} == {OPSET}


@pytest.mark.parametrize(('flip', 'options'), [(False, ()), (True, ()), (False, ('--with-decode',))])
def test_the_runtime_predicts_what_the_inferencer_does(
    checkpoint: Path, tmp_path: Path, run, flip: bool, options: tuple[str, ...]
) -> None:
    run(checkpoint, '--out', tmp_path / 'student.onnx', *options)
    config = Config(dict(default_scope='mmpose', model=model_config('coco+mpii', 21)))
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    boxes = np.array([[10, 10, 70, 110], [60, 5, 150, 115], [-20, 30, 40, 90]], np.float32)
    expected = PoseInferencer(config, checkpoint, flip_test=flip)(image, boxes)
    estimator = OnnxPoseEstimator(tmp_path / 'student.onnx', flip_test=flip)
    assert estimator.facts['keypoint_names'] == list(UNION.names)
    keypoints, scores = estimator(image, boxes)
    assert np.abs(keypoints - np.stack([person.keypoints for person in expected])).max() < 0.1
    assert np.abs(scores - np.stack([person.scores for person in expected])).max() < 1e-3
    if options:
        with pytest.raises(ValueError, match='decodes by itself'):
            OnnxPoseEstimator(tmp_path / 'student.onnx', flip_test=True)


def test_a_file_that_differs_is_not_kept(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    student = load_exportable(checkpoint)

    def broken(student: object, out: Path, *_: object) -> None:
        for parameter in student.model.head.cls_x.parameters():
            parameter.data.neg_()
        write_onnx(student, out)
        for parameter in student.model.head.cls_x.parameters():
            parameter.data.neg_()

    write_onnx = exporting.write_onnx
    monkeypatch.setattr(exporting, 'write_onnx', broken)
    with pytest.raises(ValueError, match='predicts something else than the student and is not kept'):
        exporting.export(student, tmp_path / 'student.onnx', check_pictures(student, limit=4))
    assert not list(tmp_path.iterdir())


def test_mistakes(checkpoint: Path, tmp_path: Path, run) -> None:
    (tmp_path / 'there.onnx').touch()
    bare = tmp_path / 'bare.pth'
    save_checkpoint(bare, torch.load(checkpoint, weights_only=False)['state_dict'], 'coco+mpii')
    for arguments, message in (
        (['nowhere.pth'], "'nowhere.pth' was not found"),
        ([bare, '--out', tmp_path / 'a.onnx'], 'does not say what model it is of'),
        ([checkpoint, '--out', tmp_path / 'there.onnx'], 'add --force to write over it'),
        ([checkpoint, '--out', tmp_path / 'a.ts', '--format', 'torchscript', '--fp16'], 'half precision is for ONNX'),
        ([checkpoint, '--out', tmp_path / 'a.onnx', '--images', tmp_path / 'none'], 'no such file or folder'),
    ):
        code, _, errors = run(*arguments)
        assert code == 2 and message in errors and 'Traceback' not in errors
