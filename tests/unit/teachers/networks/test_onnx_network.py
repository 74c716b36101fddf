from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from tests.onnx_files import write_onnx_file
from unipose.simcc import Canvas, Persons, SimCCBins, Window
from unipose.skeletons import load_skeleton
from unipose.teachers.networks import OnnxNetwork
from unipose.teachers.outputs import CoordinateOutput, HeatmapOutput, ScoreMapOutput, SimCCOutput
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher

COCO = load_skeleton('coco')
SIZE = (96, 128)
SIMCC = dict(simcc_x=(17, 192), simcc_y=(17, 256))
GREY = dict(range=(0, 255))


def run_by_hand(file: Path, images: np.ndarray, names: list[str]) -> list[np.ndarray]:
    return onnxruntime.InferenceSession(file).run(names, {'input': images})


@pytest.mark.parametrize('batch', ['N', 1])
@pytest.mark.parametrize('layout', ['NCHW', 'NHWC'])
@pytest.mark.parametrize('dtype', [np.float32, np.float16])
def test_outputs_are_onnxruntimes_own(tmp_path: Path, batch, layout: str, dtype) -> None:
    file = write_onnx_file(tmp_path / 'a.onnx', SIMCC, SIZE, batch, layout, dtype)
    network = OnnxNetwork(dict(onnx=str(file)))
    images = torch.randn(5, 3, 128, 96)
    (x, y), features = network(images)
    own = images.permute(0, 2, 3, 1) if layout == 'NHWC' else images
    expected = [run_by_hand(file, own[i : i + 1].numpy().astype(dtype), list(SIMCC)) for i in range(5)]
    assert features is None and not network.has_features and x.dtype == y.dtype == torch.float32
    for found, name in ((x, 0), (y, 1)):
        np.testing.assert_allclose(found.numpy(), np.concatenate([part[name] for part in expected]), atol=2e-3)


def test_channels_last_images_are_read_rightly(tmp_path: Path) -> None:
    network = OnnxNetwork(dict(onnx=str(write_onnx_file(tmp_path / 'a.onnx', SIMCC))))
    images = torch.randn(3, 3, 128, 96)
    plain, other = network(images)[0], network(images.contiguous(memory_format=torch.channels_last))[0]
    assert torch.equal(plain[0], other[0])


@pytest.mark.parametrize('ratio', [1.0, 2.0, 3.0])
def test_a_simcc_file_says_its_split_ratio(tmp_path: Path, ratio: float) -> None:
    shapes = dict(simcc_x=(17, int(96 * ratio)), simcc_y=(17, int(128 * ratio)))
    network = OnnxNetwork(dict(onnx=str(write_onnx_file(tmp_path / 'a.onnx', shapes))))
    assert isinstance(network.output, SimCCOutput) and network.output.split_ratio == ratio
    assert network.output.sigma == pytest.approx((ratio / 2 * 12**0.5, ratio / 2 * 4))
    assert network.pixels.mean == (123.675, 116.28, 103.53) and network.crop == (SIZE, False)


KINDS = [
    (dict(output=dict(type='heatmaps', sigma=1.5)), dict(heatmaps=(17, 16, 12)), HeatmapOutput(1.5), False),
    (
        dict(output=dict(type='heatmaps', sigma=2, coding='udp'), outputs=dict(heatmaps='Identity')),
        dict(other=(3,), Identity=(17, 16, 12)),
        HeatmapOutput(2, coding='udp'),
        True,
    ),
    (dict(output='score_maps'), dict(heatmaps=(17, 16, 12), offsets=(34, 16, 12)), ScoreMapOutput(), False),
    (dict(output='score_maps'), dict(heatmaps=(17, 16, 12)), ScoreMapOutput(), False),
    (dict(), dict(keypoints=(17, 2), scores=(17,)), CoordinateOutput('input'), False),
    (
        dict(
            output=dict(type='coordinates', unit='pixels', columns=('y', 'x', 'score')), outputs=dict(keypoints='out')
        ),
        dict(out=(1, 17, 3)),
        CoordinateOutput('pixels'),
        False,
    ),
    (
        dict(output=dict(type='coordinates', columns=('x', 'y', 'sigma_x', 'sigma_y'), distribution='gaussian')),
        dict(keypoints=(17, 4)),
        CoordinateOutput('input', 'gaussian'),
        False,
    ),
]


@pytest.mark.parametrize(('entry', 'shapes', 'output', 'udp'), KINDS, ids=range(len(KINDS)))
def test_every_kind_of_output_teaches(tmp_path: Path, entry: dict, shapes: dict, output, udp: bool) -> None:
    file = write_onnx_file(tmp_path / 'a.onnx', shapes)
    entry = dict(entry, onnx=str(file), skeleton='coco', pixels=GREY)
    window = Window(SIZE, SIZE)
    teacher = Teacher.from_entry('t', entry, window, COCO)
    assert teacher.network.output == output and teacher.network.num_keypoints == 17
    assert teacher.window == Window(SIZE, SIZE, udp)
    bins = SimCCBins(SIZE, (3.46, 4.0))
    teacher.connect(Canvas(SIZE), window, bins, PixelFormat())
    everywhere = torch.tensor([[48.0, 64.0], [60.0, 0.0], [0.0, 80.0]]).expand(2, 3, 2)
    persons = Persons(('coco', 'coco'), everywhere, torch.full((2, 2), 100.0))
    target, confidence, features = teacher.predict(torch.rand(2, 3, 128, 96) * 255, persons)
    assert features is None and confidence.shape == target.weight.shape == (2, 17)
    for rows in target.axes:
        assert torch.allclose(rows.sum(-1), torch.ones(2, 17), atol=1e-4)


def test_decoded_columns_are_put_in_order(tmp_path: Path) -> None:
    file = write_onnx_file(tmp_path / 'a.onnx', dict(keypoints=(1, 17, 3)))
    output = dict(type='coordinates', columns=('y', 'x', 'score'))
    network = OnnxNetwork(dict(onnx=str(file), output=output, pixels=GREY))
    images = torch.randn(2, 3, 128, 96)
    (places, scores, sigmas), _ = network(images)
    [own] = run_by_hand(file, images.numpy(), ['keypoints'])
    np.testing.assert_allclose(places.numpy(), own[:, 0, :, [1, 0]].transpose(1, 2, 0), atol=1e-5)
    np.testing.assert_allclose(scores.numpy(), own[:, 0, :, 2], atol=1e-5)
    assert sigmas is None


class Spy:
    """A network that keeps what it is shown."""

    def __init__(self, network: OnnxNetwork, seen: list) -> None:
        self.network, self.seen, self.output = network, seen, network.output

    def __call__(self, images: torch.Tensor) -> tuple:
        self.seen.append(images)
        return self.network(images)


@pytest.mark.parametrize(
    ('pixels', 'black', 'white'),
    [
        (dict(range=(0, 255)), 0, 255),
        (dict(range=(0, 1)), 0, 1),
        (dict(range=(-1, 1), channels='BGR'), -1, 1),
        (dict(mean=[127.5] * 3, std=[255.0] * 3), -0.5, 0.5),
    ],
)
def test_it_is_shown_the_pixels_that_it_wants(tmp_path: Path, pixels: dict, black: float, white: float) -> None:
    file = write_onnx_file(tmp_path / 'a.onnx', dict(heatmaps=(17, 16, 12)))
    entry = dict(onnx=str(file), skeleton='coco', pixels=pixels, output=dict(type='heatmaps', sigma=2))
    window = Window(SIZE, SIZE)
    teacher = Teacher.from_entry('t', entry, window, COCO)
    student = PixelFormat('RGB', (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
    teacher.connect(Canvas(SIZE), window, SimCCBins(SIZE, (3.46, 4.0)), student)
    seen, network = [], teacher.network
    teacher.network = Spy(network, seen)
    red = torch.zeros(1, 3, 128, 96)
    red[:, 0] = 255  # red, in the student's RGB
    teacher.predict((red - torch.tensor(student.mean).view(3, 1, 1)) / torch.tensor(student.std).view(3, 1, 1))
    channels = seen[0][0, :, 0, 0].tolist()
    expected = [white, black, black] if pixels.get('channels', 'RGB') == 'RGB' else [black, black, white]
    assert channels == pytest.approx(expected, abs=1e-3 * abs(white))


MAPS = dict(type='heatmaps', sigma=2)
WRONG = [
    (dict(onnx='nowhere.onnx'), FileNotFoundError, 'nowhere.onnx'),
    (dict(layout='NHWC'), ValueError, 'which is not NHWC with 3 channels; leave layout out, it is NCHW'),
    (dict(layout='CHWN'), ValueError, "layout must be 'NCHW' or 'NHWC'"),
    (dict(outputs=dict(simcc_x='Identity')), ValueError, 'has no output Identity; it has simcc_x [1, 17, 192]'),
    (dict(outputs=dict(x='simcc_x')), ValueError, "simcc have outputs ['simcc_x', 'simcc_y']. Got: ['x']"),
    (dict(output='simmcc'), ValueError, "'score_maps', 'coordinates']. Got: 'simmcc'"),
    (dict(output='heatmaps'), ValueError, 'has no output heatmaps; it has simcc_x'),
    (dict(output=MAPS, outputs=dict(heatmaps='simcc_x')), ValueError, 'should have heatmaps of [B, K, H, W]'),
    (dict(output=dict(type='simcc', ratio=2)), ValueError, 'does not describe simcc'),
    (dict(pixels=dict(range=(1, 0))), ValueError, 'a range of pixels is what black and white become'),
    (dict(pixels='rgb'), ValueError, 'say how its pixels are'),
    (dict(threads=0.5), ValueError, 'threads must be a whole number'),
    (dict(threads=10**9), ValueError, 'from 1 to 1024'),
    (dict(window=dict(input_size=(128, 128))), ValueError, 'takes images of 96x128, its window says 128x128'),
    (dict(skeleton='mpii'), ValueError, "predicts 17 keypoints, but its skeleton 'mpii' has 16"),
    (dict(skeleton=None), ValueError, "lacks ['skeleton']"),
    (dict(keypoints=['nose', 'tail']), ValueError, "unknown: ['tail']"),
    (dict(precision='bf16'), ValueError, "'onnx', only for one with 'config' or 'transformers'; leave it out"),
    (dict(fold_batch_norms=True), ValueError, "fold_batch_norms means nothing for an entry with 'onnx'"),
    (dict(checkpoint='a.pth'), ValueError, "has unknown keys ['checkpoint']"),
    (dict(config='a.py'), ValueError, "names 2 networks, ['config', 'onnx']; leave one"),
    (dict(padding=1.25), ValueError, 'padding is said for each source: padding=dict(coco=1.5, mpii=1.25). Got: 1.25'),
    (dict(padding=dict(coco=0)), ValueError, 'padding is a factor above 0'),
    (dict(blackout=0), ValueError, 'blackout is a factor above 0'),
    (dict(derived=dict(pelvis=('left_hip', 'hip'))), ValueError, "pelvis lies between unknown keypoints: ['hip']"),
]  # fmt: skip


@pytest.mark.parametrize(('change', 'kind', 'message'), WRONG, ids=range(len(WRONG)))
def test_wrong_entries_are_one_clear_line(tmp_path: Path, change: dict, kind: type, message: str) -> None:
    entry = dict(onnx=str(write_onnx_file(tmp_path / 'a.onnx', SIMCC)), skeleton='coco')
    with pytest.raises(kind) as raised:
        Teacher.from_entry('coco', entry | change, Window(SIZE, SIZE), load_skeleton('coco+mpii'))
    assert message in str(raised.value)


def test_files_that_are_no_teachers_are_told(tmp_path: Path) -> None:
    """Cut short, of an opset to come, of a batch of 4, and one that says nothing of its outputs or pixels."""
    whole = write_onnx_file(tmp_path / 'a.onnx', SIMCC)
    (tmp_path / 'cut.onnx').write_bytes(whole.read_bytes()[:2000])
    write_onnx_file(tmp_path / 'four.onnx', SIMCC, batch=4)
    write_onnx_file(tmp_path / 'maps.onnx', dict(heatmaps=(17, 16, 12)))
    write_onnx_file(tmp_path / 'opset.onnx', SIMCC, opset=99)
    for name, message in (
        ('cut.onnx', 'is no ONNX file that onnxruntime can load'),
        ('four.onnx', 'takes batches of 4 alone'),
        ('opset.onnx', r'it is of opset 99, and this onnxruntime takes up to \d+; a newer one may take it'),
        ('maps.onnx', r'say what maps.onnx predicts'),
    ):
        with pytest.raises(ValueError, match=message):
            OnnxNetwork(dict(onnx=str(tmp_path / name)))
    for sigma, message in ((None, 'say which Gaussians'), (40, 'a sigma of 40 is too wide for heatmaps of 12x16')):
        with pytest.raises(ValueError, match=message):
            OnnxNetwork(dict(onnx=str(tmp_path / 'maps.onnx'), output=dict(type='heatmaps', sigma=sigma)))
    with pytest.raises(ValueError, match='does not say how it wants its pixels'):
        OnnxNetwork(dict(onnx=str(tmp_path / 'maps.onnx'), output=dict(type='heatmaps', sigma=2)))


def test_a_gpu_without_its_provider_is_one_line(tmp_path: Path) -> None:
    network = OnnxNetwork(dict(onnx=str(write_onnx_file(tmp_path / 'a.onnx', SIMCC))))
    if 'CUDAExecutionProvider' in onnxruntime.get_available_providers():
        pytest.skip('this onnxruntime has the provider')
    with pytest.raises(ValueError, match='should run by CUDAExecutionProvider.*pip install onnxruntime-gpu'):
        network._session(torch.device('cuda'))
    with pytest.raises(ValueError, match='ONNX files run on CPUs and NVIDIA GPUs, and the student is on mps'):
        network._session(torch.device('mps'))


def test_what_is_outside_the_persons_box_may_be_black(tmp_path: Path) -> None:
    file = write_onnx_file(tmp_path / 'a.onnx', dict(heatmaps=(17, 16, 12)))
    entry = dict(onnx=str(file), skeleton='coco', pixels=dict(range=(-1, 1)), output=MAPS, blackout=1.5)
    window = Window(SIZE, SIZE)
    teacher = Teacher.from_entry('t', entry, window, COCO)
    teacher.connect(Canvas(SIZE), window, SimCCBins(SIZE, (3.46, 4.0)), PixelFormat())
    seen: list = []
    teacher.network = Spy(teacher.network, seen)
    box = torch.tensor([[[40.0, 60.0], [10.0, 0.0], [0.0, 20.0]]])  # 30..50, 40..80; x 1.5: 25..55, 30..90
    teacher.predict(torch.full((1, 3, 128, 96), 255.0), Persons(('coco',), box, torch.ones(1, 2)))
    white = (seen[0] > 0.99).all(1)[0].nonzero()
    assert white.amin(0).tolist() == [30, 25] and white.amax(0).tolist() == [90, 55]
    assert len(white) == 61 * 31 and (seen[0] < -0.99).all(1).sum() == 96 * 128 - 61 * 31
    with pytest.raises(ValueError, match='blackout needs the person of each sample'):
        teacher.predict(torch.zeros(1, 3, 128, 96))


def test_a_point_between_two_is_spoken_of_as_well(tmp_path: Path) -> None:
    entry = dict(onnx=str(write_onnx_file(tmp_path / 'a.onnx', SIMCC)), skeleton='coco')
    union, window, bins = load_skeleton('coco+mpii'), Window(SIZE, SIZE), SimCCBins(SIZE, (3.46, 4.0))
    targets = {}
    for derived in (None, dict(pelvis=('left_hip', 'right_hip'))):
        teacher = Teacher.from_entry('t', dict(entry, derived=derived), window, union)
        teacher.connect(Canvas(SIZE), window, bins, PixelFormat())
        targets[bool(derived)] = teacher(torch.rand(2, 3, 128, 96, generator=torch.Generator().manual_seed(0)) * 255)
    plain, more = targets[False], targets[True]
    pelvis, hips = union.index('pelvis'), [union.index('left_hip'), union.index('right_hip')]
    assert (plain.weight[:, pelvis] == 0).all() and torch.equal(plain.x[:, :17], more.x[:, :17])
    assert torch.allclose(more.weight[:, pelvis], more.weight[:, hips].prod(-1))
    between = bins.expected(more)[:, hips].mean(1)
    assert torch.allclose(bins.expected(more)[:, pelvis], between, atol=0.05)
