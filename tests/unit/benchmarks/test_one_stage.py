"""The experiment with a one-stage student: where targets go, and one step of it."""

import cv2
import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.registry import DATASETS, MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules
from benchmarks.one_stage import distiller, head, pictures, student  # noqa: F401  they register
from benchmarks.one_stage.frames import Bins, Crops, without_tail
from benchmarks.one_stage.scores import Found, score
from tests.builders import write_teachers
from unipose.commands.demo import generate_people
from unipose.simcc import SimCCBins, SimCCTarget

CROP = SimCCBins((128, 128), (4.0, 4.0))


def crops(*heights: float) -> Crops:
    num = len(heights)
    centres = torch.tensor([[70.0, 90.5], [110.2, 60.0]])[:num]
    return Crops(torch.arange(num), centres, torch.tensor(heights))


def samples(keypoints: Tensor, counts: tuple[int, ...]) -> list[PoseDataSample]:
    """Pictures with so many people each, of whom every second keypoint is annotated."""
    found, first = [], 0
    for count in counts:
        own = keypoints[first : first + count]
        labels = InstanceData()
        labels.bboxes = torch.cat([own.amin(1), own.amax(1)], 1)
        labels.labels = torch.zeros(count, dtype=torch.long)
        labels.keypoints = own
        labels.keypoints_visible = torch.zeros(count, 21)
        labels.keypoints_visible[:, ::2] = 1
        labels.keypoints_visible_weights = labels.keypoints_visible.clone()
        labels.areas = (own.amax(1) - own.amin(1)).prod(1)
        labels.crop_centres = (own.amax(1) + own.amin(1)) / 2
        labels.crop_heights = 1.25 * (own.amax(1) - own.amin(1)).amax(1)
        sample = PoseDataSample()
        sample.gt_instance_labels = labels
        found.append(sample)
        first += count
    return found


def test_crops_are_what_opencv_cuts() -> None:
    picture = np.random.default_rng(0).uniform(0, 255, (160, 192, 3)).astype(np.float32)
    [cut] = crops(150.0).cut(torch.from_numpy(picture).permute(2, 0, 1)[None], (96, 128))
    scale = 128 / 150
    matrix = np.array([[scale, 0, 48 - scale * 70.0], [0, scale, 64 - scale * 90.5]])
    expected = cv2.warpAffine(picture, matrix, (96, 128), flags=cv2.INTER_LINEAR)
    away = np.abs(cut.permute(1, 2, 0).numpy() - expected)
    assert away.mean() < 3  # OpenCV rounds places to 1/32 pixel, in noise


@pytest.mark.parametrize('height', [90.0, 210.0])
def test_a_place_in_a_crop_is_the_same_place_in_the_bins_of_a_box(height: float) -> None:
    where, place = crops(height, height), torch.tensor([[[60.0, 80.0]], [[30.0, 100.0]]])
    frame = where.frame(CROP)
    target = CROP.encode(place, torch.tensor([[1.0], [0.5]]))
    in_picture = where.centre[:, None] + (place - 64) * height / 128
    people = torch.tensor([1, 0, 1])
    bins = Bins(in_picture[people, 0] + torch.tensor([3.0, -5.0]), torch.tensor([[60.0, 120.0]] * 3), (96, 128))
    there = bins.take(without_tail(target, 1e-3), frame, people)
    assert torch.allclose(there.weight[:, 0], torch.tensor([0.5, 1.0, 0.5]), atol=1e-3)
    assert torch.allclose(bins.expected(there), in_picture[people], atol=0.05)


def test_what_lies_outside_of_a_box_has_no_weight() -> None:
    where = crops(128.0)
    target = CROP.encode(torch.tensor([[[10.0, 64.0]]]), torch.ones(1, 1))
    narrow = Bins(where.centre, torch.tensor([[40.0, 120.0]]), (96, 128))
    assert narrow.take(without_tail(target, 1e-3), where.frame(CROP), torch.tensor([0])).weight.item() == 0


def test_tails_are_cut_and_peaks_stay() -> None:
    rows = torch.tensor([[[0.7, 0.25, 0.03, 0.02]]])
    cut = without_tail(SimCCTarget(rows, rows, torch.ones(1, 1)), 0.1)
    assert torch.allclose(cut.x, torch.tensor([[[0.7, 0.25, 0.0, 0.0]]]) / 0.95)


def test_a_step_teaches_the_people_that_priors_were_matched_to(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    teachers = write_teachers(tmp_path)
    model = MODELS.build(
        student.model(teachers=dict(teachers, mpii=dict(teachers['mpii'], weight=0.5)), crop=student.CROP)
    )
    model.train()
    generator = torch.Generator().manual_seed(0)
    keypoints = torch.rand(3, 21, 2, generator=generator) * 60 + torch.tensor([[[10.0, 30]], [[100, 20]], [[60, 90]]])
    data, seen = samples(keypoints, (1, 2)), []
    compare = model.head.dcc.generate_target_heatmap
    monkeypatch.setattr(
        model.head.dcc, 'generate_target_heatmap', lambda *args: (seen.append(args[0]), compare(*args))[1]
    )
    shown_loss, matched = model.head.shown_loss, []
    monkeypatch.setattr(model.head, 'shown_loss', lambda *args: (matched.append(shown_loss(*args)), matched[-1])[1])
    losses = model.loss(torch.rand(2, 3, student.SIDE, student.SIDE, generator=generator) * 255, data)
    assert torch.equal(keypoints[matched[0][1].people], seen[0])
    assert torch.allclose(losses['loss_kd_mpii'], 0.5 * losses['raw_kd_mpii'])
    assert losses['raw_kd_coco'] > 0
    (losses['loss_kd_coco'] + losses['loss_kd_mpii']).backward()
    assert all(parameter.grad is not None for parameter in model.head.dcc.gau.parameters())
    assert not any('teacher' in name for name in model.state_dict())


@pytest.fixture(scope='module')
def people(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a few synthetic people of both layouts."""
    folder = tmp_path_factory.mktemp('people')
    generate_people(folder, 3, 4, 0)
    return str(folder)


def test_a_mirrored_picture_has_mirrored_crops(people: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(student, 'DATA', people)
    load, *rest = student.STILL
    mirror = dict(type='RandomFlip', direction='horizontal', prob=1.0)
    plain, mirrored = (
        DATASETS.build(student.pictures('train', steps, dict(coco=1, mpii=2)))
        for steps in (student.STILL, [load, mirror, *rest])
    )
    assert len(plain) == 3
    for there, here in zip(plain, mirrored, strict=True):
        there, here = (one['data_samples'].gt_instance_labels for one in (there, here))
        last = torch.tensor([student.SIDE * 255 / 256, 0.0])  # where the picture's last pixel goes
        assert torch.allclose(here.crop_centres, (last - there.crop_centres).abs(), atol=1e-3)
        assert torch.equal(here.crop_heights, there.crop_heights)
        inside = (there.keypoints - there.crop_centres[:, None]).abs().amax(-1) < there.crop_heights[:, None] / 2
        assert inside[there.keypoints_visible > 0].float().mean() > 0.95


def test_of_a_dataset_only_its_own_keypoints_count(people: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(student, 'DATA', people)
    for one in DATASETS.build(student.pictures('train', student.TRAIN)):
        labels = one['data_samples'].gt_instance_labels
        number = 17 if one['data_samples'].source == 'coco' else 16
        assert (labels.keypoints_visible_weights.sum(1) == number).all()
        assert (labels.keypoints_visible <= labels.keypoints_visible_weights).all()


def test_who_is_found_as_annotated_scores_all_and_who_is_not_nothing(
    people: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(student, 'DATA', people)
    dataset = DATASETS.build(student.pictures('val', student.SEEN))
    perfect = [Found(one, one['keypoints'], one['bbox'], np.ones(len(one['bbox']))) for one in dataset.pictures]
    nobody = [Found(one, np.zeros((0, 21, 2)), np.zeros((0, 4)), np.zeros(0)) for one in dataset.pictures]
    for found, expected in ((perfect, 100.0), (nobody, 0.0)):
        groups = score(found, dataset.skeleton)
        assert set(groups) == {'coco', 'shared', 'mpii_only'}
        assert all(value == pytest.approx(expected) for group in groups.values() for value in group.values())
