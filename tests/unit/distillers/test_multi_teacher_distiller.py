import copy

import pytest
import torch
from mmengine.logging import MessageHub
from mmengine.structures import InstanceData
from mmpose.registry import MODELS
from torch import Tensor

from tests.builders import canvases, model_config, samples
from unipose.distillers import MultiTeacherDistiller, plain_model_config, plain_state_dict

DIALECTS = dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii'))


def build(teachers: dict | None = None, **changes) -> MultiTeacherDistiller:
    torch.manual_seed(0)
    return MODELS.build(model_config('coco+mpii', 21, teachers=teachers, **changes))


def total(losses: dict[str, Tensor]) -> Tensor:
    return sum(value for name, value in losses.items() if 'loss' in name)


def test_terms_are_weighted_and_scheduled(entries: dict) -> None:
    entries = dict(
        coco=dict(entries['coco'], weight=0.5), mpii=dict(entries['mpii'], weight=2.0, schedule=dict(type='linear'))
    )
    losses = build(entries, gt_weight=0.7).loss(canvases(2), samples(2))
    logged = {f'{kind}_kd_{name}' for kind in ('loss', 'raw', 'weight', 'agree') for name in ('coco', 'mpii')}
    assert set(losses) == {'loss_gt', 'raw_gt', 'rows_left_out', *logged}
    for name, weight in (('gt', 0.7), ('kd_coco', 0.5), ('kd_mpii', 2.0)):
        assert torch.allclose(losses[f'loss_{name}'], weight * losses[f'raw_{name}'])
        assert losses[f'raw_{name}'] > 0


def test_schedules_follow_the_runs_epoch(entries: dict, hub: MessageHub) -> None:
    model = build(dict(mpii=dict(entries['mpii'], schedule=dict(type='linear', end=0.5))))
    hub.update_info('epoch', 5)
    hub.update_info('max_epochs', 11)
    losses = model.loss(canvases(1), samples(1))
    assert torch.allclose(losses['loss_kd_mpii'], 0.75 * losses['raw_kd_mpii'])


def test_repeating_the_batch_leaves_every_term_unchanged(entries: dict) -> None:
    model = build(entries).eval()  # batch statistics aside, which another batch size may change
    inputs, data = canvases(2), samples(2, annotated=[0, 5, 20])
    data[0].gt_instance_labels.keypoint_weights[:, 5] = 0
    once, twice = model.loss(inputs, data), model.loss(inputs.repeat(2, 1, 1, 1), data * 2)
    for name, value in once.items():
        assert torch.allclose(value, twice[name], atol=1e-5), name


def test_in_training_repeating_the_batch_changes_nothing_either(entries: dict) -> None:
    model = build(entries).train()
    inputs, data = canvases(4), samples(4)
    once, twice = model.loss(inputs, data), model.loss(inputs.repeat(2, 1, 1, 1), data * 2)
    for name, value in once.items():
        assert torch.allclose(value, twice[name], atol=1e-5), name


def test_a_teacher_without_weight_is_not_run(entries: dict) -> None:
    model = build(dict(entries, mpii=dict(entries['mpii'], weight=0)))
    model.teachers['mpii'].observe = None
    assert 'loss_kd_mpii' not in model.loss(canvases(1), samples(1))


def test_none_is_no_teacher(entries: dict) -> None:
    assert list(build(dict(entries, coco=None)).teachers) == ['mpii']
    assert list(build(None).loss(torch.randn(1, 3, 128, 96), samples(1))) == ['loss_gt', 'raw_gt', 'rows_left_out']


def test_keypoints_without_annotation_get_no_ground_truth_gradient(entries: dict) -> None:
    model = build(None)
    logits = []
    model.head.cls_x.register_forward_hook(lambda module, inputs, output: logits.append(output))
    losses = model.loss(torch.randn(1, 3, 128, 96), samples(1, annotated=[3]))
    (gradient,) = torch.autograd.grad(losses['loss_gt'], logits[0])
    touched = gradient.abs().sum((0, 2)).nonzero().flatten().tolist()
    assert touched == [3]


def test_teachers_are_not_part_of_the_model(entries: dict) -> None:
    with_teachers, without = build(entries), build(None)
    assert list(with_teachers.state_dict()) == list(without.state_dict())
    assert {key.split('.')[0] for key in with_teachers.state_dict()} == {'backbone', 'head', 'data_preprocessor'} - (
        set() if any('data_preprocessor' in k for k in without.state_dict()) else {'data_preprocessor'}
    )
    assert len(list(with_teachers.parameters())) == len(list(without.parameters()))
    teacher = with_teachers.teachers['coco']
    with_teachers.train()
    assert not any(module.training for module in teacher.network.model.modules())
    assert copy.deepcopy(with_teachers).teachers['coco'] is teacher


def test_teachers_follow_the_models_dtype_and_device(entries: dict) -> None:
    model = build(entries).to(torch.float64)
    assert next(model.teachers['coco'].network.model.parameters()).dtype == torch.float64
    model = model.to('meta')
    assert next(model.teachers['mpii'].network.model.parameters()).device.type == 'meta'
    assert model.ground_truth(samples(2)).weight.device.type == 'meta'  # samples stay where they are


def predictions(model: torch.nn.Module, inputs: Tensor) -> tuple[Tensor, Tensor]:
    with torch.no_grad():
        results = model.eval().predict(inputs, samples(len(inputs)))
    instances = [sample.pred_instances for sample in results]
    stack = lambda key: torch.stack([torch.as_tensor(instance[key][0]) for instance in instances])  # noqa: E731
    return stack('keypoints'), stack('keypoint_scores')


def test_a_constant_in_the_logits_changes_neither_place_nor_score() -> None:
    model, inputs = build(None), torch.randn(2, 3, 128, 96)
    for layer in (model.head.cls_x, model.head.cls_y):
        torch.nn.init.normal_(layer.weight)
    keypoints, scores = predictions(model, inputs)
    hooks = [
        layer.register_forward_hook(lambda module, args, output: output - 7.5)
        for layer in (model.head.cls_x, model.head.cls_y)
    ]
    shifted_keypoints, shifted_scores = predictions(model, inputs)
    for hook in hooks:
        hook.remove()
    assert torch.equal(keypoints, shifted_keypoints)
    assert torch.allclose(scores, shifted_scores, atol=1e-4) and (scores > 0).all()


def test_the_plain_student_is_mmposes_own_and_predicts_the_same(entries: dict) -> None:
    model = build(entries)
    for layer in (model.head.cls_x, model.head.cls_y):
        torch.nn.init.normal_(layer.weight)
        layer.weight.data += 0.5 * torch.randn(1, layer.weight.shape[1])  # moves all of a row's logits together
    config = plain_model_config(model_config('coco+mpii', 21, teachers=entries, gt_weight=0.5, canvas_scale=2.0))
    assert config['type'] == 'TopdownPoseEstimator' and config['head']['type'] == 'RTMCCHead'
    assert plain_model_config(dict(config, test_cfg=dict(flip_test='aligned'))).test_cfg == dict(flip_test=True)
    plain = MODELS.build(config)
    plain.load_state_dict(plain_state_dict(model.state_dict()), strict=True)
    inputs = torch.randn(3, 3, 128, 96)
    for ours, theirs in zip(predictions(model, inputs), predictions(plain, inputs)):
        assert torch.allclose(ours, theirs, atol=1e-4)


def test_what_only_training_needs_is_left_out() -> None:
    state = dict(build(None).state_dict(), **{'distill.align.weight': torch.zeros(1)})
    assert not [key for key in plain_state_dict(state) if key.startswith('distill.')]
    with pytest.raises(ValueError, match="lacks \\['head.cls_x.weight'"):
        plain_state_dict({'backbone.x': torch.zeros(1)})


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(gt_weight=-1), 'gt_weight must be a number, at least 0. Got: -1'),
        (dict(gt_weight=float('nan')), 'gt_weight'),
        (dict(techers={}), r"model has no \['techers'\]; it has .*'teachers'"),
        (dict(canvas_size=(64, 64)), 'centred whole-pixel window'),
        (dict(teachers=dict(mpi=dict(weight=0.3))), "(?s)teacher 'mpi' lacks.*misspelt"),
        (dict(teachers=dict(mpii=dict(weight=-0.3))), 'teachers.mpii.weight must be a number, at least 0'),
        (dict(teachers=dict(mpii=dict(schedule='never'))), "unknown schedule 'never'"),
        (dict(teachers=dict(mpii=dict(feature_weight=-1))), 'teachers.mpii.feature_weight must be a number'),
        (dict(teachers=dict(gloss=dict())), "cannot be called 'gloss'"),
        (dict(combine='mixed'), "combine must be one of.*Got: 'mixed'"),
    ],
)
def test_mistakes_are_refused_at_build(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(**change)


def test_a_head_that_does_not_fit_is_refused() -> None:
    config = model_config('coco+mpii', 17)
    with pytest.raises(ValueError, match='model.head.out_channels=21'):
        MODELS.build(config)
    config = model_config('coco+mpii', 21)
    config['head']['type'] = 'RTMCCHead'
    with pytest.raises(ValueError, match='AnchoredRTMCCHead. Got: RTMCCHead'):
        MODELS.build(config)


def test_samples_of_another_skeleton_are_refused() -> None:
    data = samples(1)
    data[0].gt_instance_labels.keypoint_labels = torch.zeros(1, 21, 2)[:, :17]
    data[0].gt_instance_labels = InstanceData(
        keypoint_labels=torch.zeros(1, 17, 2), keypoint_weights=torch.zeros(1, 17)
    )
    with pytest.raises(ValueError, match='21 keypoints'):
        build(None).loss(torch.randn(1, 3, 128, 96), data)


def test_a_canvas_of_the_wrong_size_is_refused(entries: dict) -> None:
    with pytest.raises(ValueError, match='need a canvas of 128x128. Got: 96x128'):
        build(entries).loss(torch.randn(1, 3, 128, 96), samples(1))


@pytest.mark.parametrize(
    'options',
    [
        dict(),
        dict(combine='by_source', gt_weight=0.0),
        dict(combine='fused', dialects=DIALECTS),
        dict(combine='by_source', dialects=DIALECTS),
        dict(teacher_dropping=1.0),
    ],
    ids=str,
)
def test_every_weight_is_part_of_every_step_which_ddp_insists_on(entries: dict, hub: MessageHub, options: dict) -> None:
    stops = dict(feature_weight=1.0, schedule=dict(type='stop', at_epoch=1))
    model = build(dict(coco=dict(entries['coco'], feature_weight=1.0), mpii=dict(entries['mpii'], **stops)), **options)
    for epoch, annotated in ((0, None), (1, []), (2, [0])):
        hub.update_info('epoch', epoch)
        losses = model.train().loss(canvases(2), samples(2, annotated=annotated))  # of COCO alone
        model.zero_grad()
        model.parse_losses(losses)[0].backward()
        assert not [name for name, weight in model.named_parameters() if weight.requires_grad and weight.grad is None]
