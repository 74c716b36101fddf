"""tools/export.py: files that predict what the student does, say what it is, and are not kept otherwise."""

import dataclasses
import json
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import cv2
import numpy as np
import onnx
import pytest
import torch
from mmengine.config import Config

from tests.builders import model_config, train_config
from tests.evaluation_inputs import student_test_config
from tests.evaluation_inputs import write_student as write_tested_student
from tests.student_export import write_run_checkpoint
from tests.student_files import save_checkpoint
from unipose.commands.export import export as exporting
from unipose.commands.export import onnx_file
from unipose.commands.export.check import onnx_runner
from unipose.commands.export.deployed_student import Exportable, load_exportable
from unipose.commands.export.onnx_file import OPSET, write_onnx
from unipose.commands.export.options import ExportOptions
from unipose.commands.export.pictures import check_pictures, training_crops
from unipose.commands.export.quantise import quantised
from unipose.files.onnx.metadata import METADATA_KEY
from unipose.inference import PoseInferencer
from unipose.runtime.onnx_pose_estimator import OnnxPoseEstimator
from unipose.runtime.simcc import DECODED_OUTPUTS, SIMCC_OUTPUTS
from unipose.skeletons import load_skeleton

REPOSITORY = Path(__file__).parents[2]
UNION = load_skeleton('coco+mpii')
LICENCES = [dict(kind='teacher', name='coco', license='cc-by-nc-4.0', conditions=['attribution', 'non-commercial'])]


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = write_run_checkpoint(tmp_path_factory.mktemp('student'))
    content = torch.load(path, weights_only=False)
    content['meta']['licences'] = LICENCES
    torch.save(content, path)
    return path


@pytest.fixture
def run(run_tool):
    return partial(run_tool, 'export.py')


@pytest.mark.parametrize(
    'options',
    [
        (),
        ('--with-decode',),
        ('--no-dynamic-batch',),
        ('--bgr',),
        ('--bgr', '--with-decode', '--simplify'),
        ('--format', 'torchscript'),
        ('--format', 'torchscript', '--bgr'),
    ],
)
def test_files_predict_what_the_student_does(checkpoint: Path, tmp_path: Path, run, options: tuple[str, ...]) -> None:
    out = tmp_path / f'student{".ts" if "torchscript" in options else ".onnx"}'
    code, printed, errors = run(checkpoint, '--out', out, *options)
    assert code == 0, errors
    assert f'written: {out}' in printed and 'against torch, on' in printed
    assert ' 0.00% by more than 0.1' in printed
    assert [file.name for file in tmp_path.iterdir()] == [out.name]
    parts = [out.read_bytes()]
    if out.suffix == '.ts':
        with ZipFile(out) as archive:
            parts += [archive.read(name) for name in archive.namelist()]
    assert not any(str(REPOSITORY).encode() in part for part in parts)  # it is for other machines


@pytest.mark.parametrize('options', [{}, dict(bgr=True), dict(decode=True), dict(fp16=True)], ids=str)
def test_opencv_runs_it_too(checkpoint: Path, tmp_path: Path, options: dict[str, bool]) -> None:
    student, file = load_exportable(checkpoint), tmp_path / 'student.onnx'
    write_onnx(student, file, ExportOptions(**options))
    images = student.normalised(check_pictures(student, limit=4), bgr=options.get('bgr', False))
    expected, names = onnx_runner(file)(images), DECODED_OUTPUTS if 'decode' in options else SIMCC_OUTPUTS
    for batch in (1, 4):
        net = cv2.dnn.readNetFromONNX(str(file))
        net.setInput(images[:batch])
        for ours, theirs in zip(net.forward(names), expected, strict=True):
            np.testing.assert_allclose(ours, theirs[:batch], rtol=1e-4, atol=0.1 if 'fp16' in options else 1e-3)


def test_a_torchscript_file_does_not_carry_what_it_was_traced_with(checkpoint: Path, tmp_path: Path) -> None:
    student = load_exportable(checkpoint)
    options = ExportOptions(kind='torchscript')
    exporting.export(student, tmp_path / 'student.ts', check_pictures(student, limit=4), options)
    with ZipFile(tmp_path / 'student.ts') as archive:
        assert not [name for name in archive.namelist() if 'traced_inputs' in name]  # pnnx took that batch alone


@pytest.mark.parametrize(('kind', 'share'), [('fp16', 0.7), ('int8', 0.5)])
def test_smaller_files(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, share: float
) -> None:
    student = load_exportable(checkpoint)
    pictures = check_pictures(student, limit=4)
    exporting.export(student, tmp_path / 'full.onnx', pictures)
    # a student that has learned nothing is unsure everywhere
    monkeypatch.setattr(exporting, f'_{dict(fp16="HALF", int8="INT8")[kind]}', exporting.Allowed(0.1, 1.0, 99))
    options = ExportOptions(fp16=True) if kind == 'fp16' else ExportOptions(int8=pictures)
    found = exporting.export(student, tmp_path / 'small.onnx', pictures, options)
    assert 0 < found.score < 99
    assert (tmp_path / 'small.onnx').stat().st_size < share * (tmp_path / 'full.onnx').stat().st_size
    facts = OnnxPoseEstimator(tmp_path / 'small.onnx').facts
    assert facts['precision'] == kind and facts['keypoint_names'] == list(UNION.names)


@pytest.mark.parametrize('dynamic_batch', [True, False])
def test_int8_leaves_what_follows_the_last_convolution_alone(checkpoint: Path, dynamic_batch: bool) -> None:
    student = load_exportable(checkpoint)
    proto = onnx_file._exported(student, ExportOptions(dynamic_batch=dynamic_batch))
    operators = [node.op_type for node in proto.graph.node]
    after = operators[max(i for i, name in enumerate(operators) if name == 'Conv') + 1 :]
    found = quantised(proto, student.normalised(check_pictures(student, limit=4)))
    kept = [node.op_type for node in found.graph.node]
    products = [node for node in found.graph.node if node.op_type == 'MatMul']
    assert kept.count('QuantizeLinear') > operators.count('Conv') > 10
    assert len(products) == after.count('MatMul') > 3
    made = {name: node.op_type for node in found.graph.node for name in node.output}
    assert not any(made.get(name) == 'DequantizeLinear' for node in products for name in node.input)


def test_int8_weights_leave_sums_of_16_bits_room(checkpoint: Path) -> None:
    student = load_exportable(checkpoint)
    proto = onnx_file._exported(student, ExportOptions())
    found = quantised(proto, student.normalised(check_pictures(student, limit=4)))
    weights = [onnx.numpy_helper.to_array(one) for one in found.graph.initializer]
    kernels = [values for values in weights if values.dtype == np.int8 and values.ndim == 4]
    assert len(kernels) > 10
    assert {int(np.abs(kernel.astype(int)).max()) for kernel in kernels} == {64}


def test_int8_is_calibrated_on_the_runs_training_people(synthetic: Path, tmp_path: Path, run) -> None:
    config = train_config(synthetic, tmp_path, model_config('coco+mpii', 21))
    trained = write_run_checkpoint(tmp_path / 'run', train_dataloader=config.train_dataloader)
    student = load_exportable(trained)
    crops = training_crops(student, student.config, limit=10)
    assert crops.shape == (10, 128, 96, 3) and crops.dtype == np.uint8
    assert len({crop.tobytes() for crop in crops}) == 10 and crops.std(axis=(1, 2, 3)).min() > 5
    missing = write_run_checkpoint(
        tmp_path / 'elsewhere',
        train_dataloader=dict(dataset=dict(type='UnifiedKeypointDataset', pipeline=[dict(type='CanvasAffine')])),
    )
    for checkpoint in (missing, write_run_checkpoint(tmp_path / 'bare')):
        code, _, errors = run(checkpoint, '--out', tmp_path / 'a.onnx', '--int8')
        assert code == 2 and 'there are none: give --calibrate-on CONFIG' in errors and 'Traceback' not in errors
    assert not (tmp_path / 'a.onnx').exists()


def test_an_exported_file_scores_what_its_checkpoint_does(synthetic: Path, tmp_path: Path, run_tool) -> None:
    config = student_test_config(synthetic)
    config.dump(tmp_path / 'small.py')
    trained = write_tested_student(tmp_path / 'epoch_1.pth', config)
    write_onnx(load_exportable(trained), tmp_path / 'student.onnx', ExportOptions())
    write_onnx(load_exportable(trained), tmp_path / 'decodes.onnx', ExportOptions(decode=True))
    for name in ('epoch_1.pth', 'student.onnx'):
        done = run_tool('test.py', tmp_path / 'small.py', '--work-dir', tmp_path, tmp_path / name)
        assert done.code == 0, done.err
    of_checkpoint, of_file = (
        json.loads((tmp_path / name).read_text()) for name in ('metrics.json', 'metrics_student.onnx.json')
    )
    assert of_file['metrics'] == pytest.approx(of_checkpoint['metrics'], abs=1e-3)
    assert of_file['protocol']['checkpoint'] == 'student.onnx'
    for arguments, message in (
        ([tmp_path / 'decodes.onnx'], 'export it without --with-decode'),
        ([tmp_path / 'student.onnx', '--teachers'], 'score an ONNX file alone'),
        ([tmp_path / 'student.onnx', '--cfg-options', 'test_dataloader.dataset.skeleton=mpii+coco'], 'tested on has '),
    ):
        done = run_tool('test.py', tmp_path / 'small.py', *arguments)
        assert done.code == 2 and message in done.err and 'Traceback' not in done.err


def test_a_file_says_what_it_is(checkpoint: Path, tmp_path: Path, run) -> None:
    run(checkpoint, '--out', tmp_path / 'student.onnx')
    proto = onnx.load(tmp_path / 'student.onnx')
    facts = json.loads({entry.key: entry.value for entry in proto.metadata_props}[METADATA_KEY])
    assert facts['keypoint_names'] == list(UNION.names) and facts['flip_indices'] == list(UNION.flip_indices)
    assert facts['skeleton_links'] == [list(link) for link in UNION.link_indices]
    assert facts['sigmas'] == pytest.approx(UNION.sigmas)
    assert facts['licences'] == LICENCES
    assert facts['input_size'] == [96, 128] and facts['simcc_split_ratio'] == 2.0 and facts['channels'] == 'RGB'
    assert facts['mean'] == [123.675, 116.28, 103.53] and facts['std'] == [58.395, 57.12, 57.375]
    assert [output.name for output in proto.graph.output] == ['simcc_x', 'simcc_y']
    assert {entry.version for entry in proto.opset_import if not entry.domain} == {OPSET}


@pytest.mark.parametrize(('flip', 'options'), [(False, ()), (True, ()), ('aligned', ()), (False, ('--with-decode',))])
def test_the_runtime_predicts_what_the_inferencer_does(
    checkpoint: Path, tmp_path: Path, run, flip: bool | str, options: tuple[str, ...]
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

    def broken(student: Exportable, out: Path, options: ExportOptions) -> None:
        write_onnx(student, out, dataclasses.replace(options, bgr=True))

    pictures = check_pictures(student, limit=4)
    monkeypatch.setattr(exporting, 'write_onnx', broken)
    with pytest.raises(ValueError, match='predicts something else than the student and is not kept'):
        exporting.export(student, tmp_path / 'student.onnx', pictures)
    monkeypatch.undo()
    next(student.model.head.cls_x.parameters()).data[0] = torch.nan
    with pytest.raises(ValueError, match='is not kept'):
        exporting.export(student, tmp_path / 'student.onnx', pictures)
    assert not list(tmp_path.iterdir())


def test_mistakes(checkpoint: Path, tmp_path: Path, run) -> None:
    (tmp_path / 'there.onnx').touch()
    bare = tmp_path / 'bare.pth'
    save_checkpoint(bare, torch.load(checkpoint, weights_only=False)['state_dict'], 'coco+mpii')
    for arguments, message in (
        (['nowhere.pth'], "'nowhere.pth' was not found"),
        ([bare, '--out', tmp_path / 'a.onnx'], 'does not say what model it is of'),
        ([checkpoint, '--out', tmp_path / 'there.onnx'], 'add --force to write over it'),
        ([checkpoint, '--out', tmp_path / 'a.ts', '--format', 'torchscript', '--fp16'], 'are for ONNX'),
        ([checkpoint, '--calibrate-on', 'a.py'], '--calibrate-on goes with --int8'),
        ([checkpoint, '--det-model', 'a.onnx'], 'give both'),
        (['student.onnx'], 'is exported already'),
        ([checkpoint, '--out', checkpoint, '--force'], 'would be a checkpoint'),
        ([checkpoint, '--out', tmp_path / 'a.ts', '--format', 'torchscript', '--no-dynamic-batch'], 'are for ONNX'),
        ([checkpoint, '--out', tmp_path / 'a.onnx', '--format', 'torchscript'], 'give --format onnx or another --out'),
        ([checkpoint, '--out', tmp_path / 'a.onnx', '--fp16', '--int8'], 'there are none: give --calibrate-on'),
        ([checkpoint, '--out', tmp_path / 'a.onnx', '--images', tmp_path / 'none'], 'no such file or folder'),
    ):
        code, _, errors = run(*arguments)
        assert code == 2 and message in errors and 'Traceback' not in errors
