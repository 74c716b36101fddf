"""Tiny models of random weights, saved as Transformers saves them; nothing comes from the network."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.transformers_models import save_sapiens2, save_vitpose
from unipose.simcc import Canvas, SimCCBins, Window
from unipose.skeletons import load_skeleton
from unipose.teachers.networks import TransformersNetwork
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher

transformers = pytest.importorskip('transformers', reason='Transformers is not installed')
COCO = load_skeleton('coco')
STUDENT = Window((192, 256), (192, 256))


@pytest.fixture(scope='module')
def vitpose(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_vitpose(tmp_path_factory.mktemp('vitpose'))


@pytest.fixture(scope='module')
def vitpose_plus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_vitpose(tmp_path_factory.mktemp('vitpose_plus'), experts=6)


def test_it_says_what_it_is(vitpose: Path) -> None:
    network = TransformersNetwork(dict(transformers=str(vitpose)))
    assert network.crop == ((192, 256), True) and network.num_keypoints == 17
    assert (network.output.kind, network.output.sigma, network.output.coding) == ('heatmaps', 2.0, 'udp')
    assert network.pixels == PixelFormat(
        'RGB', (0.485 * 255, 0.456 * 255, 0.406 * 255), (0.229 * 255, 0.224 * 255, 0.225 * 255)
    )
    assert network.complexity().params == sum(p.numel() for p in network.model.parameters())
    assert network.complexity().flops > 1e6


def test_its_heatmaps_are_transformers_own(vitpose: Path) -> None:
    network = TransformersNetwork(dict(transformers=str(vitpose), precision='fp32'))
    own = transformers.VitPoseForPoseEstimation.from_pretrained(vitpose).eval()
    images = torch.randn(3, 3, 256, 192)
    heatmaps, features = network(images)
    with torch.no_grad():
        expected = own(pixel_values=images).heatmaps
    assert torch.allclose(heatmaps, expected, atol=1e-6) and heatmaps.shape == (3, 17, 64, 48)
    assert features.shape == (3, 24, 16, 12) and network.has_features


def test_half_precision_leaves_the_head_in_single(vitpose: Path) -> None:
    images = torch.randn(2, 3, 256, 192)
    single, half = (TransformersNetwork(dict(transformers=str(vitpose), precision=name)) for name in ('fp32', 'bf16'))
    (heatmaps, _), (rounded, features) = single(images), half(images)
    assert rounded.dtype == features.dtype == torch.float32
    assert 0 < (rounded - heatmaps).abs().max() < 0.05 * heatmaps.abs().max()


def test_an_expert_is_named_by_its_dataset(vitpose: Path, vitpose_plus: Path) -> None:
    images = torch.randn(1, 3, 256, 192)
    own = transformers.VitPoseForPoseEstimation.from_pretrained(vitpose_plus).eval()
    for index, name in enumerate(('coco', 'aic', 'mpii')):
        network = TransformersNetwork(dict(transformers=str(vitpose_plus), expert=name, precision='fp32'))
        with torch.no_grad():
            expected = own(pixel_values=images, dataset_index=torch.tensor([index])).heatmaps
        assert torch.allclose(network(images)[0], expected, atol=1e-6)
    for entry in (dict(), dict(expert='halpe'), dict(expert=7)):
        with pytest.raises(ValueError, match=r"has 6 experts.*'coco', 'aic', 'mpii'"):
            TransformersNetwork(dict(transformers=str(vitpose_plus), **entry))
    with pytest.raises(ValueError, match='has no experts; leave out'):
        TransformersNetwork(dict(transformers=str(vitpose), expert='coco'))


@pytest.mark.parametrize(('name', 'count'), [('synthpose', 52), ('sapiens308', 308)])
def test_more_keypoints_than_coco(tmp_path: Path, name: str, count: int) -> None:
    folder = save_sapiens2(tmp_path) if name == 'sapiens308' else save_vitpose(tmp_path, count)
    size = (96, 128) if name == 'sapiens308' else (192, 256)
    picked = ['nose', 'left_shoulder', 'right_shoulder', 'left_big_toe', 'right_big_toe']
    entry = dict(transformers=str(folder), skeleton=name, keypoints=picked, precision='fp32')
    window = Window(size, size)
    teacher = Teacher.from_entry('t', entry, window, load_skeleton(f'coco+{name}'))
    teacher.connect(Canvas(size), window, SimCCBins(size, (4.9, 5.66)), PixelFormat())
    assert teacher.network.num_keypoints == count and teacher.skeleton.names == tuple(picked)
    images = torch.rand(2, 3, size[1], size[0]) * 255
    target, confidence, features = teacher.predict(images)
    assert target.weight.shape == confidence.shape == (2, 5)
    # the same five, picked from all that it predicts
    entire = Teacher.from_entry('t', {**entry, 'keypoints': None}, window, load_skeleton(f'coco+{name}'))
    entire.connect(Canvas(size), window, SimCCBins(size, (4.9, 5.66)), PixelFormat())
    every, _, _ = entire.predict(images)
    chosen = [load_skeleton(name).index(keypoint) for keypoint in picked]
    assert torch.equal(every.x[:, chosen], target.x) and torch.equal(every.weight[:, chosen], target.weight)
    assert features.ndim == 4


def gaussians(places: torch.Tensor, sigma: float, size: tuple[int, int]) -> torch.Tensor:
    """Heatmaps ``[B, K, H, W]`` with a Gaussian at each place ``[B, K, 2]``, heatmap pixels."""
    width, height = size
    x = torch.exp(-((torch.arange(width) - places[..., :1]) ** 2) / (2 * sigma**2))
    y = torch.exp(-((torch.arange(height) - places[..., 1:]) ** 2) / (2 * sigma**2))
    return y[..., :, None] * x[..., None, :]


@pytest.mark.parametrize(
    ('save', 'name', 'size', 'grid', 'sigma'),
    [
        (save_vitpose, 'coco', (192, 256), (48, 64), 2.0),
        (lambda folder: save_vitpose(folder, 52), 'synthpose', (192, 256), (48, 64), 2.0),
        (save_sapiens2, 'sapiens308', (96, 128), (24, 32), 6.0),
    ],
    ids=['vitpose', 'synthpose', 'sapiens2'],
)
def test_planted_points_come_out_where_they_are(tmp_path: Path, save, name, size, grid, sigma) -> None:
    """Points of the student's input are planted as the model was trained to predict them: on UDP heatmaps."""
    skeleton, window = load_skeleton(name), Window(size, size)
    teacher = Teacher.from_entry(name, dict(transformers=str(save(tmp_path)), skeleton=name), window, skeleton)
    bins = SimCCBins(size, (4.9, 5.66))
    teacher.connect(Canvas(size), window, bins, PixelFormat())
    assert teacher.window == Window(size, size, udp=True) and teacher.network.output.sigma == sigma
    assert teacher.network(torch.zeros(1, 3, *size[::-1]))[0].shape == (1, len(skeleton), *grid[::-1])
    generator = torch.Generator().manual_seed(0)
    inner = torch.tensor(size) * 0.6
    places = torch.rand(2, 17, 2, generator=generator) * inner + 0.2 * torch.tensor(size)  # the student's pixels
    # a UDP crop of w pixels shows w / (w - 1) of a plain crop's pixel in each; a heatmap's first and last pixel lie on
    # the first and last pixel of the input
    heatmaps = gaussians(places * (torch.tensor(grid) - 1) / torch.tensor(size), sigma, grid)
    axes = teacher.window.place(teacher.canvas).of(window.place(teacher.canvas))
    target, confidence = teacher.adapter(heatmaps, axes)
    core = [rows * (rows > 0.01) for rows in target.axes]  # without the label's flat tail
    found = torch.stack([rows @ torch.arange(float(rows.shape[-1])) / rows.sum(-1) for rows in core], -1) / 2
    assert (found - places).abs().max() < 0.05
    assert confidence.min() > 0.9 and target.weight.min() > 0.99


def test_transformers_own_decoding_agrees(vitpose: Path) -> None:
    """It maps heatmaps to the box as if crops were ``input - 1`` wide, as UDP's are, and so do we: no offset."""
    processor = transformers.VitPoseImageProcessor(size=dict(height=256, width=192))
    places = torch.rand(1, 17, 2, generator=torch.Generator().manual_seed(0)) * torch.tensor([150.0, 210.0]) + 20
    heatmaps = gaussians(places * torch.tensor([47 / 192, 63 / 256]), 2.0, (48, 64))
    box = [0.0, 0.0, 192 / 1.25, 256 / 1.25]  # its padding makes it 192x256: pixels of the crop are those of the image
    found = processor.post_process_pose_estimation(
        transformers.models.vitpose.modeling_vitpose.VitPoseEstimatorOutput(heatmaps=heatmaps), boxes=[[box]]
    )[0][0]['keypoints']
    corner = np.array(box[2:]) / 2 - np.array([192, 256]) / 2
    expected = places[0].numpy() + corner
    assert np.abs(np.asarray(found) - expected).max() < 1e-3  # pixels of the image


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (lambda folder: (folder / 'model.safetensors').unlink(), 'has no weights in safetensors'),
        (lambda folder: (folder / 'config.json').unlink(), 'is no model of Transformers'),
        (lambda folder: (folder / 'config.json').write_text('{"model_type": "bert"}'), 'must be a ...ForPoseEstim'),
        (lambda folder: (folder / 'model.safetensors').write_bytes(b'cut short'), 'cannot be read'),
    ],
)
def test_folders_that_are_not_whole_are_told(vitpose: Path, tmp_path: Path, spoil, message: str) -> None:
    folder = tmp_path / 'model'
    shutil.copytree(vitpose, folder)
    spoil(folder)
    with pytest.raises(ValueError, match=message):
        TransformersNetwork(dict(transformers=str(folder)))


def test_pickled_weights_are_not_read(vitpose: Path, tmp_path: Path) -> None:
    folder = tmp_path / 'model'
    shutil.copytree(vitpose, folder)
    (folder / 'model.safetensors').rename(folder / 'pytorch_model.bin')
    with pytest.raises(ValueError, match='pytorch_model.bin could run code and is not read'):
        TransformersNetwork(dict(transformers=str(folder)))


def test_weights_of_another_model_are_refused(vitpose: Path, tmp_path: Path) -> None:
    folder = save_vitpose(tmp_path / 'model', keypoints=16)
    shutil.copy(vitpose / 'model.safetensors', folder / 'model.safetensors')
    with pytest.raises(ValueError, match=r'are not whole: they lack \d+, such as|cannot be read'):
        TransformersNetwork(dict(transformers=str(folder)))


def test_a_skeleton_of_another_length_is_refused(vitpose: Path) -> None:
    with pytest.raises(ValueError, match="predicts 17 keypoints, but its skeleton 'mpii' has 16"):
        Teacher.from_entry('t', dict(transformers=str(vitpose), skeleton='mpii'), STUDENT, load_skeleton('mpii'))


def test_a_hub_id_that_cannot_be_fetched_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def refuse(*args, **kwargs):
        assert kwargs['allow_patterns'] == ['*.json', 'model*.safetensors']
        raise OSError('no route to the hub\nand more')

    monkeypatch.setattr(huggingface_hub, 'snapshot_download', refuse)
    with pytest.raises(
        FileNotFoundError, match='no folder owner/name, and the hub did not give it: no route to the hub. '
    ):
        TransformersNetwork(dict(transformers='owner/name'), "teacher 'x'")
    with pytest.raises(FileNotFoundError, match='no folder ./nowhere'):
        TransformersNetwork(dict(transformers='./nowhere'))


def test_a_hub_id_is_fetched(vitpose: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub, 'snapshot_download', lambda name, revision, allow_patterns: str(vitpose))
    assert TransformersNetwork(dict(transformers='owner/name', revision='v1')).num_keypoints == 17


def test_a_revision_of_a_folder_is_refused(vitpose: Path) -> None:
    with pytest.raises(ValueError, match="teacher 'x': revision='v1' is of a model of the hub.*leave revision out"):
        TransformersNetwork(dict(transformers=str(vitpose), revision='v1'), "teacher 'x'")
