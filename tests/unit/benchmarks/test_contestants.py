import numpy as np
import pytest
import torch
from mmpose.registry import MODELS

import benchmarks.quality.contestants  # noqa: F401  registers them
from tests.builders import canvases, model_config, samples, write_teachers
from unipose.skeletons import load_skeleton

UNION = load_skeleton('coco+mpii')
COCO = [UNION.index(name) for name in load_skeleton('coco').names]


@pytest.fixture(scope='module')
def entries(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return write_teachers(tmp_path_factory.mktemp('teachers'))


def build(kind: str, entries: dict, **options) -> torch.nn.Module:
    torch.manual_seed(0)
    return MODELS.build(dict(model_config('coco+mpii', 21, teachers=entries, **options), type=kind)).eval()


@pytest.mark.parametrize('kind', ('HardLabelDistiller', 'CentredFeaturesDistiller', 'ReferenceDistiller'))
def test_they_are_scored_without_teachers(kind: str) -> None:
    model = MODELS.build(dict(model_config('coco+mpii', 21), type=kind))
    assert not model.teachers


def touched(model: torch.nn.Module, **data) -> list[str]:
    """Names of the keypoints that the loss of one canvas reaches."""
    logits = []
    hook = model.head.cls_x.register_forward_hook(lambda module, inputs, output: logits.append(output))
    loss = sum(model.loss(canvases(1), samples(1, **data))[key] for key in ('loss_gt',))
    hook.remove()
    (gradient,) = torch.autograd.grad(loss, logits[0])
    return [UNION.names[i] for i in gradient.abs().sum((0, 2)).nonzero().flatten()]


def test_hard_labels_complete_what_the_dataset_does_not_annotate(entries: dict) -> None:
    annotated = COCO[:10]  # the others of COCO's are not visible, and stay unknown
    names = touched(build('HardLabelDistiller', entries, threshold=0.0), annotated=annotated)
    assert set(names) == {UNION.names[i] for i in annotated} | {'pelvis', 'thorax', 'upper_neck', 'head_top'}
    unsure = build('HardLabelDistiller', entries, threshold=1.1)
    assert set(touched(unsure, annotated=annotated)) == {UNION.names[i] for i in annotated}


def test_hard_labels_are_what_annotations_there_would_be(entries: dict) -> None:
    model = build('HardLabelDistiller', entries, threshold=0.0)
    data = samples(1, annotated=COCO)
    loss = model.loss(canvases(1), data)['loss_gt']
    said = model.bins.decode(model.teachers['mpii'](canvases(1)))
    lacking = [index for index in range(21) if index not in COCO]
    data[0].gt_instance_labels.keypoint_labels[:, lacking] = said[:, lacking]
    data[0].gt_instance_labels.keypoint_weights[:, lacking] = 1.0
    plain = build('MultiTeacherDistiller', None)
    canvas = model.canvas.extract(canvases(1), model.student_window)
    assert loss.item() == pytest.approx(plain.loss(canvas, data)['loss_gt'].item(), rel=1e-4)


def test_features_less_their_mean_are_those_of_teachers_that_add_a_constant(entries: dict) -> None:
    entries = {name: dict(entry, feature_weight=1.0) for name, entry in entries.items()}
    kinds = ('MultiTeacherDistiller', 'CentredFeaturesDistiller')
    plain, centred = (build(kind, entries).feature_losses['mpii'] for kind in kinds)
    centred.load_state_dict(plain.state_dict())
    student = torch.randn(2, plain.align.in_channels, *plain.grid.shape[1:3])
    teacher = torch.randn(2, plain.align.out_channels, 8, 8)
    teacher -= teacher.mean((0, 2, 3), keepdim=True)
    assert centred(student, teacher + 7).item() == pytest.approx(plain(student, teacher).item(), rel=1e-4)
    assert plain(student, teacher + 7).item() != pytest.approx(plain(student, teacher).item(), rel=0.1)


def test_the_reference_has_its_faults_and_each_can_be_mended(entries: dict) -> None:
    mended = build('ReferenceDistiller', entries, stretch=False, train_mode=False, unbalanced=False)
    ours = build('MultiTeacherDistiller', {name: dict(entry, confidence=False) for name, entry in entries.items()})
    data = samples(2)
    expected, found = ours.loss(canvases(2), data), mended.loss(canvases(2), data)
    assert found['loss_gt'].item() == pytest.approx(expected['loss_gt'].item(), rel=1e-5)
    assert found['loss_kd_coco'].item() == pytest.approx(expected['loss_kd_coco'].item(), rel=0.2)  # no mass inside
    faulty = build('ReferenceDistiller', entries)
    teacher = faulty.teachers['coco'].network.model
    assert teacher.training
    before = {key: value.clone() for key, value in teacher.state_dict().items()}
    losses = faulty.loss(canvases(2), data)
    drifted = [key for key, value in teacher.state_dict().items() if (value != before[key]).any()]
    assert drifted and all('running_' in key or 'num_batches' in key for key in drifted)
    assert losses['loss_gt'].item() != pytest.approx(found['loss_gt'].item(), rel=0.05)


@pytest.mark.parametrize('stretch', [False, True])
def test_the_reference_leaves_out_what_is_no_number(
    entries: dict, monkeypatch: pytest.MonkeyPatch, stretch: bool
) -> None:
    model, logits = build('ReferenceDistiller', entries, stretch=stretch, train_mode=False), []
    head = model.teachers['mpii'].network.model.head  # left hip is its keypoint 3
    own = head.forward

    def with_nan(feats: tuple) -> tuple:
        x, y = own(feats)
        return x.index_put((torch.tensor([0]), torch.tensor([3])), torch.tensor(float('nan'))), y

    monkeypatch.setattr(head, 'forward', with_nan)
    model.head.cls_x.register_forward_hook(lambda module, inputs, output: logits.append(output))
    loss = model.loss(canvases(2), samples(2))['loss_kd_mpii']
    reached = torch.autograd.grad(loss, logits[0])[0].abs().sum(-1) > 0  # [B, K]
    hip, known = UNION.index('left_hip'), list(model.teachers['mpii'].keypoint_map.dst_indices)
    assert loss.isfinite() and not reached[0, hip] and reached[1, hip]
    assert reached[:, known].sum() == 2 * len(known) - 1


def test_the_references_units_are_mmposes_own_at_its_batch_and_bins(entries: dict) -> None:
    model, data = build('ReferenceDistiller', entries), samples(2)
    logits = model.head.forward(model.extract_feat(model.canvas.extract(canvases(2), model.student_window)))
    truth = model.ground_truth(data)
    loss = MODELS.build(dict(type='KLDiscretLoss', use_target_weight=True, beta=10.0, label_softmax=True))
    plain = model.head.decoder  # MMPose's labels before its softmax
    labels = [plain.encode(s.gt_instance_labels.keypoint_labels.numpy()) for s in data]
    axes = [torch.from_numpy(np.concatenate([label[f'keypoint_{axis}_labels'] for label in labels])) for axis in 'xy']
    theirs = [
        loss((rows, rows), (label, label), truth.weight).item() / 2 * rows.shape[-1] / 2  # both axes, mean, of two
        for rows, label in zip(logits, axes)
    ]
    expected = theirs[0] * 256 / 384 + theirs[1] * 256 / 512
    # MMPose cuts labels off at 3 sigma
    assert model._kl_discret_loss(logits, truth).item() == pytest.approx(expected, rel=2e-3)
