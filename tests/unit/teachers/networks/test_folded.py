"""Teachers are made faster within stated tolerances: KL and places against the plain fp32 network."""

from functools import partial
from pathlib import Path

import pytest
import torch
from mmpose.registry import MODELS
from torch import nn

from tests.builders import CANVAS, model_config, write_teacher
from unipose.simcc import Canvas, SimCCBins, SimCCTarget, Window
from unipose.skeletons import load_skeleton
from unipose.teachers.networks.folded import folded
from unipose.teachers.pixels import PixelFormat
from unipose.teachers.teacher import Teacher

REPOSITORY = Path(__file__).resolve().parents[4]
UNION = load_skeleton('coco+mpii')
STUDENT_WINDOW = Window((96, 128), (96, 128))
BINS = SimCCBins((96, 128), (3.46, 4.0))


def trained_teacher(**changes) -> Teacher:
    """The demo's MPII teacher, whose distributions are those of a trained network."""
    entry = dict(
        config=str(REPOSITORY / 'configs/demo/teacher_mpii.py'),
        checkpoint=str(REPOSITORY / 'teachers/demo/teacher_mpii.pth'),
        skeleton='mpii',
    )
    teacher = Teacher.from_entry('mpii', entry | changes, STUDENT_WINDOW, UNION)
    preprocessor = MODELS.build(model_config('coco+mpii', 21)['data_preprocessor'])
    teacher.connect(Canvas(CANVAS), STUDENT_WINDOW, BINS, PixelFormat.of_preprocessor(preprocessor, 'the student'))
    return teacher


@pytest.fixture(scope='module')
def people(synthetic: Path) -> torch.Tensor:
    """Canvases of synthetic people."""
    from tests.builders import sources, train_pipeline
    from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset

    dataset = UnifiedKeypointDataset(sources(synthetic), train_pipeline(cutout=False), 'coco+mpii')
    preprocessor = MODELS.build(model_config('coco+mpii', 21)['data_preprocessor'])
    batch = [dataset[index, 0] for index in range(16)]
    data = dict(inputs=[s['inputs'] for s in batch], data_samples=[s['data_samples'] for s in batch])
    return preprocessor(data)['inputs']


def losses(plain: SimCCTarget, fast: SimCCTarget) -> tuple[float, float]:
    """Mean KL of both axes, nats, and mean distance of expected places, pixels, where the teacher speaks."""
    known = plain.weight > 0
    kl = sum((torch.xlogy(a, a) - torch.xlogy(a, b)).sum(-1) for a, b in zip(plain.axes, fast.axes))
    distance = (BINS.expected(plain) - BINS.expected(fast)).norm(dim=-1)
    return kl[known].mean().item(), distance[known].mean().item()


@pytest.mark.parametrize(
    ('changes', 'nats', 'pixels'),
    [
        (dict(precision='fp32'), 1e-5, 0.01),
        (dict(precision='bf16'), 1e-3, 0.1),
        (dict(precision='bf16', compile=True), 1e-3, 0.1),
        (dict(precision='fp32', backend='openvino'), 1e-5, 0.01),
        (dict(precision='bf16', backend='openvino'), 1e-3, 0.1),
    ],
)
def test_the_fast_path_says_what_the_plain_network_says(
    people: torch.Tensor, changes: dict, nats: float, pixels: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    if changes.get('backend'):
        pytest.importorskip('openvino')
    # as it is captured, but without the minute and the C++ compiler that inductor takes
    monkeypatch.setattr(torch, 'compile', partial(torch.compile, backend='aot_eager'))
    plain, fast = trained_teacher(fold_batch_norms=False, precision='fp32')(people), trained_teacher(**changes)(people)
    kl, distance = losses(plain, fast)
    assert kl <= nats and distance <= pixels


def test_no_batch_normalisation_is_left() -> None:
    model = trained_teacher().network.model
    assert not [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]


class Misordered(nn.Module):
    """Registers a norm after the convolution that it does not follow."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3)
        self.norm.running_mean.fill_(2.0)
        self.head = nn.Identity()

    def extract_feat(self, images: torch.Tensor) -> torch.Tensor:
        return self.conv(self.norm(images).relu())


def test_a_network_that_runs_in_another_order_is_left_alone() -> None:
    model = Misordered().eval()
    assert folded(model, (8, 8)) is model


def test_entries_are_checked(tmp_path: Path) -> None:
    entry = write_teacher(tmp_path, 'mpii', 16, CANVAS)
    with pytest.raises(ValueError, match='precision must be one of'):
        Teacher.from_entry('mpii', dict(entry, precision='fp16'), STUDENT_WINDOW, UNION)
    with pytest.raises(ValueError, match='fold_batch_norms must be True or False'):
        Teacher.from_entry('mpii', dict(entry, fold_batch_norms='no'), STUDENT_WINDOW, UNION)
    with pytest.raises(ValueError, match='compile must be True or False'):
        Teacher.from_entry('mpii', dict(entry, compile='yes'), STUDENT_WINDOW, UNION)
    for wrong in (dict(backend='tensorrt'), dict(backend='openvino', compile=True)):
        with pytest.raises(ValueError, match="backend must be one of .'torch', 'openvino'., and 'torch' with compile"):
            Teacher.from_entry('mpii', entry | wrong, STUDENT_WINDOW, UNION)


def test_targets_say_what_computed_them() -> None:
    pytest.importorskip('openvino')
    usual, other = trained_teacher().facts, trained_teacher(backend='openvino').facts
    assert other == usual | dict(backend='openvino') and 'backend' not in usual
