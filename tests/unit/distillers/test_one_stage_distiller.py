import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.structures import InstanceData, PixelData
from mmpose.structures import PoseDataSample
from torch import Tensor

from tests.builders import spoil_teacher, write_teachers
from unipose.checkpoints.build_model import build_model
from unipose.distillers import OneStageDistiller
from unipose.files.read_config import read_config

SIDE = 128


@pytest.fixture(scope='module')
def teachers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return write_teachers(tmp_path_factory.mktemp('teachers'))


@pytest.fixture
def build(teachers: dict) -> Callable[..., OneStageDistiller]:
    """Makes the demo's student in training, with teachers of random weights."""

    def make(entries: dict | None = None, **changes: Any) -> OneStageDistiller:
        torch.manual_seed(0)
        config = read_config(Path(__file__).parents[3] / 'configs/demo/distill_rtmo.py')
        config.model.teachers = teachers if entries is None else entries
        config.model.update(changes)
        return build_model(config).train()

    return make


def pictures(counts: tuple[int, ...], size: float = 60.0) -> tuple[Tensor, list[PoseDataSample]]:
    """Pictures with so many people each, of whom every second keypoint is annotated."""
    generator, samples = torch.Generator().manual_seed(0), []
    for count in counts:
        corners = torch.rand(count, 1, 2, generator=generator) * (SIDE - size)
        keypoints = corners + torch.rand(count, 21, 2, generator=generator) * size
        labels = InstanceData()
        labels.bboxes = torch.cat([corners, corners + size], -1)[:, 0]
        labels.labels = torch.zeros(count, dtype=torch.long)
        labels.keypoints = keypoints
        labels.keypoints_visible = torch.zeros(count, 21)
        labels.keypoints_visible[:, ::2] = 1
        labels.keypoints_visible_weights = labels.keypoints_visible.clone()
        labels.areas = torch.full((count,), size**2)
        labels.crops = torch.randint(0, 256, (count, 3, SIDE, SIDE), generator=generator, dtype=torch.uint8)
        labels.crop_centers = corners[:, 0] + size / 2
        labels.crop_heights = torch.full((count,), 1.25 * size)
        sample = PoseDataSample()
        sample.gt_instance_labels = labels
        samples.append(sample)
    return torch.rand(len(counts), 3, SIDE, SIDE, generator=generator) * 255, samples


def total(losses: dict[str, Tensor]) -> Tensor:
    return sum(value for name, value in losses.items() if 'loss' in name)


def test_teachers_teach_the_people_that_priors_were_matched_to(
    build: Callable, teachers: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build(dict(teachers, mpii=dict(teachers['mpii'], weight=0.5)), seen_weight=0.2)
    inputs, samples = pictures((1, 2))
    keypoints = torch.cat([sample.gt_instance_labels.keypoints for sample in samples])
    compared, matched, compare, shown = [], [], model.head.dcc.generate_target_heatmap, model.head.shown_loss
    monkeypatch.setattr(
        model.head.dcc, 'generate_target_heatmap', lambda *args: (compared.append(args[0]), compare(*args))[1]
    )
    monkeypatch.setattr(model.head, 'shown_loss', lambda *args: (matched.append(shown(*args)), matched[-1])[1])
    losses = model.loss(inputs, samples)
    assert torch.equal(keypoints[matched[0][1].people], compared[0])
    assert set(matched[0][1].people.tolist()) == {0, 1, 2}
    for name, weight in dict(coco=1.0, mpii=0.5).items():
        assert losses[f'raw_kd_{name}'] > 0 and losses[f'raw_seen_{name}'] > 0
        assert torch.allclose(losses[f'loss_kd_{name}'], weight * losses[f'raw_kd_{name}'])
        assert torch.allclose(losses[f'loss_seen_{name}'], 0.2 * weight * losses[f'raw_seen_{name}'])
    (losses['loss_kd_coco'] + losses['loss_kd_mpii']).backward()
    assert all(parameter.grad is not None for parameter in model.head.dcc.gau.parameters())


def test_scores_of_keypoints_are_taught_where_the_dataset_does_not_know_them(build: Callable) -> None:
    model = build()
    inputs, samples = pictures((2,))
    logits = {}
    model.head.forward = lambda feats, forward=model.head.forward: logits.setdefault('said', forward(feats))
    model.loss(inputs, samples)['loss_seen_mpii'].backward(inputs=logits['said'][3])
    taught = torch.zeros(21)
    for level in logits['said'][3]:
        taught += level.grad.abs().sum((0, 2, 3)) if level.grad is not None else 0
    known = set(model.teachers['mpii'].keypoint_map.dst_indices)
    assert set(taught.nonzero()[:, 0].tolist()) == {index for index in known if index % 2}


def test_teachers_do_not_move_boxes(build: Callable) -> None:
    """RTMO's own classification does: its target moves with the box, in which it is made."""
    model = build()
    inputs, samples = pictures((2,))
    said = {}
    model.head.forward = lambda feats, forward=model.head.forward: said.setdefault('all', forward(feats))
    losses = model.loss(inputs, samples)
    boxes = said['all'][1]
    for name, moves in dict(loss_mle=True, loss_kd_coco=False, loss_kd_mpii=False).items():
        found = torch.autograd.grad(losses[name].sum(), boxes, retain_graph=True, allow_unused=True)
        assert any(grad is not None and grad.abs().sum() > 0 for grad in found) is moves
    assert losses['raw_kd_coco'].isfinite()


def test_what_is_annotated_of_everybody_teaches_no_scores(build: Callable) -> None:
    inputs, samples = pictures((2,))
    samples[0].gt_instance_labels.keypoints_visible_weights[:] = 1
    losses = build().loss(inputs, samples)
    assert losses['raw_seen_coco'] == losses['raw_seen_mpii'] == 0 and losses['raw_kd_coco'] > 0


@pytest.mark.parametrize('aux', [False, True])
@pytest.mark.parametrize('counts', [(0, 0), (0, 1)])
def test_a_picture_without_anybody_is_learned_from(build: Callable, counts: tuple[int, ...], aux: bool) -> None:
    model = build()
    model.head.use_aux_loss = aux
    losses = model.loss(*pictures(counts))
    own = {'loss_bbox', 'loss_vis', 'loss_mle', 'loss_oks', 'loss_cls', *['loss_bbox_aux'] * aux}
    assert own <= set(losses)  # other ranks log them, too
    assert all(torch.is_tensor(value) and value.isfinite().all() for value in losses.values())
    assert {f'loss_{kind}_{name}' for kind in ('kd', 'seen') for name in ('coco', 'mpii')} <= set(losses)
    total(losses).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_a_single_prior_is_learned_from(build: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    model = build()
    assign = model.head.assigner.assign

    def one_prior(*args: Any, **kwargs: Any) -> dict[str, Tensor]:
        result = assign(*args, **kwargs)
        others = (result['gt_inds'] > 0).nonzero()[1:]
        result['gt_inds'][others] = 0
        return result

    monkeypatch.setattr(model.head.assigner, 'assign', one_prior)
    total(model.loss(*pictures((1,)))).backward()
    monkeypatch.undo()
    assert not model.head.dcc.pose_to_kpts[1].training
    model.loss(*pictures((2,)))
    assert model.head.dcc.pose_to_kpts[1].training


@pytest.mark.parametrize('count', [0, 1])
def test_where_it_is_not_known_who_is_there_nobody_is_taught_away(build: Callable, count: int) -> None:
    model, seen = build({}), []
    inputs, samples = pictures((count,))
    samples[0].gt_fields = PixelData(heatmap_mask=torch.ones(1, SIDE, SIDE))
    for convolution in model.head.head_module.out_kpt_vis:
        torch.nn.init.constant_(convolution.bias, -5.0)  # no prior sees a keypoint, so MMPose knows no place for it
    model.head.loss_cls.forward = lambda scores, targets, weights: (seen.append((targets, weights)), scores.sum())[1]
    model.loss(inputs, samples)
    [(targets, weights)] = seen
    matched = targets > 0
    assert matched.any() == bool(count) and (weights[matched] == 1).all() and (weights[~matched] == 0).all()


def test_teachers_do_not_say_that_what_is_outside_is_seen(build: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    model, asked = build(), []
    monkeypatch.setattr(
        'unipose.distillers.one_stage_distiller.binary_cross_entropy_with_logits',
        lambda logits, sure, reduction: (asked.append(sure), logits * 0)[1],
    )
    for shift, is_seen in ((0, True), (1000, False)):
        inputs, samples = pictures((2,))
        samples[0].gt_instance_labels.crop_centers += shift
        model.loss(inputs, samples)
        assert all(bool(sure.sum()) is is_seen for sure in asked[-2:])


def test_what_is_no_number_counts_for_nothing(build: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(target: Any, confidence: Tensor) -> None:
        confidence[:] = torch.nan

    spoil_teacher(monkeypatch, 'mpii', spoil)
    model = build()
    losses = model.loss(*pictures((2,)))
    assert losses['raw_kd_mpii'] == losses['raw_seen_mpii'] == 0 and losses['raw_seen_coco'] > 0
    assert model.left_out['teacher mpii'] == losses['rows_left_out'] == 2 * 16 and model.left_out['teacher coco'] == 0


def test_boxes_are_computed_in_fp32_under_mixed_precision(build: Callable) -> None:
    model, boxes = build(), []
    take = model.head.dcc.forward_train
    model.head.dcc.forward_train = lambda feats, box, grids: (boxes.append(box), take(feats, box, grids))[1]
    with torch.autocast('cpu', torch.bfloat16):
        losses = model.loss(*pictures((2,)))
    assert boxes[0].dtype == torch.float32
    assert all(value.isfinite().all() for value in losses.values())


def test_without_its_own_classification_rtmo_learns_nothing(build: Callable) -> None:
    model = build()
    model.head.loss_mle.loss_weight = 0
    with pytest.raises(ValueError, match='loss_mle.loss_weight is 0'):
        model.loss(*pictures((1,)))


def test_a_teacher_that_has_stopped_is_not_asked(build: Callable, teachers: dict) -> None:
    hub = MessageHub.get_current_instance()
    hub.update_info('epoch', 5)
    try:
        stopped = dict(teachers['mpii'], schedule=dict(type='stop', at_epoch=3))
        model = build(dict(coco=teachers['coco'], mpii=stopped, other=dict(teachers['mpii'], weight=0.0)))
        losses = model.loss(*pictures((1,)))
    finally:
        hub.update_info('epoch', 0)
    assert [name for name in losses if name.startswith('raw_')] == ['raw_kd_coco', 'raw_seen_coco']


def test_without_teachers_it_is_rtmo(build: Callable) -> None:
    inputs, samples = pictures((1, 1))
    for sample in samples:
        del sample.gt_instance_labels.crops
    losses = build({}).loss(inputs, samples)
    assert {name for name in losses if 'loss' in name} == {
        *('loss_bbox', 'loss_vis', 'loss_mle', 'loss_oks', 'loss_cls')
    }


def test_teachers_are_no_part_of_it(build: Callable) -> None:
    model = build()
    model.loss(*pictures((1,)))
    copied = copy.deepcopy(model)  # as an EMA hook does
    assert copied.teachers['coco'] is model.teachers['coco']
    assert not any('teacher' in name for name in model.state_dict())
    assert {name.partition('.')[0] for name in model.state_dict()} <= {'backbone', 'neck', 'head', 'data_preprocessor'}


@pytest.mark.parametrize(
    ('changes', 'said'),
    [
        (dict(crop=None), 'say model.crop'),
        (dict(crop=dict(input_size=None)), 'does not say its input_size'),
        (dict(tail=1.0), 'below 1. Got: 1.0'),
        (dict(head=dict(type='RTMOHead')), 'must be an UnionRTMOHead. Got: RTMOHead'),
        (dict(teachers=dict(coco=dict(confidence=False))), 'set model.seen_weight=0'),
        (dict(seen_weight=-1), 'seen_weight must be a number'),
        (dict(canvas_size=(8, 8)), "model has no ['canvas_size']"),
        (dict(teachers=dict(coco=dict(feature_weight=1.0))), 'does not follow features'),
        (dict(teachers=dict(coco=dict(padding=dict(coco=1.5)))), 'take no padding'),
    ],
)
def test_what_will_not_do_is_refused(build: Callable, teachers: dict, changes: dict, said: str) -> None:
    entries = {name: dict(teachers[name], **entry) for name, entry in changes.pop('teachers', {}).items()}
    with pytest.raises(ValueError, match=re.escape(said)):
        build(entries or None, **changes)


def test_teachers_need_crops_of_their_size(build: Callable) -> None:
    model = build()
    inputs, samples = pictures((1,))
    samples[0].gt_instance_labels.crops = samples[0].gt_instance_labels.crops[..., :64]
    with pytest.raises(ValueError, match=re.escape('crops are of (64, 128) pixels')):
        model.loss(inputs, samples)
    del samples[0].gt_instance_labels.crops
    with pytest.raises(ValueError, match='KeepPicture'):
        model.loss(inputs, samples)
