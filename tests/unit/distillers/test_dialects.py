import pytest
import torch
from mmpose.registry import MODELS

from tests.builders import canvases, model_config, samples
from unipose.distillers import plain_model_config, plain_state_dict
from unipose.distillers.dialects import build_dialects
from unipose.skeletons import load_skeleton

UNION = load_skeleton('coco+mpii')
DIALECTS = dict(coco=dict(skeleton='coco'), mpii=dict(skeleton='mpii'))


def build(**changes) -> torch.nn.Module:
    torch.manual_seed(0)
    return MODELS.build(model_config('coco+mpii', 21, dialects=DIALECTS, **changes))


def speak(model: torch.nn.Module, name: str) -> None:
    """Gives a dialect something to say."""
    torch.nn.init.normal_(model.dialects[name].write.weight)


def test_they_correct_the_twelve_shared_keypoints() -> None:
    dialects = build_dialects(DIALECTS, UNION, hidden=8)
    for dialect in dialects.values():
        names = [UNION.names[index] for index in dialect.keypoints]
        assert len(names) == 12 and all(name.startswith(('left_', 'right_')) for name in names)
        tokens = torch.randn(2, 21, 8)
        assert torch.equal(dialect(tokens), tokens[:, dialect.keypoints])  # until they learn, nothing


def test_each_learns_from_its_own_dataset_and_teacher(entries: dict) -> None:
    model = build(teachers=entries)

    def losses(*sources: str) -> dict[str, torch.Tensor]:
        found = model.loss(canvases(len(sources)), samples(len(sources), sources=sources))
        return {name: value for name, value in found.items() if name.startswith('loss')}

    silent, mixed = losses('coco', 'coco'), losses('coco', 'mpii')
    speak(model, 'mpii')
    spoken = losses('coco', 'coco')
    changed = {name for name in silent if not torch.equal(silent[name], spoken[name])}
    assert changed == {'loss_kd_in_mpii'}  # neither the plain outputs nor the other dialect nor what COCO annotates
    assert not torch.equal(mixed['loss_gt_in_dialects'], losses('coco', 'mpii')['loss_gt_in_dialects'])


@pytest.mark.parametrize('sources', [('coco', 'coco', 'mpii'), ('coco', 'web', 'web')])
def test_until_they_learn_all_counts_as_it_does_without_them(entries: dict, sources: tuple[str, ...]) -> None:
    totals = []
    for dialects in (DIALECTS, None):
        torch.manual_seed(0)
        model = MODELS.build(model_config('coco+mpii', 21, teachers=entries, dialects=dialects)).eval()
        losses = model.loss(canvases(3), samples(3, sources=sources))
        totals.append(sum(value for name, value in losses.items() if name.startswith('loss')))
    assert torch.allclose(*totals)


def test_a_sample_is_predicted_in_the_dialect_of_its_source() -> None:
    model, inputs = build().eval(), torch.randn(2, 3, 128, 96)
    torch.nn.init.normal_(model.head.cls_x.weight)
    torch.nn.init.normal_(model.head.cls_y.weight)
    speak(model, 'mpii')

    def predict(sources: tuple[str, ...]) -> list:
        with torch.no_grad():
            return [s.pred_instances.keypoints[0] for s in model.predict(inputs, samples(2, sources=sources))]

    plain = predict(('mpii', 'coco'))
    model.test_cfg = dict(flip_test=True, dialects=True)
    first, second = predict(('mpii', 'coco'))
    moved = (first != plain[0]).any(-1).nonzero()[0].tolist()
    assert moved and set(moved) <= set(model.dialects['mpii'].keypoints)
    assert (second == plain[1]).all()
    assert (predict(('web', 'web'))[0] == plain[0]).all()  # a source without a dialect


def test_the_exported_student_does_not_hold_them() -> None:
    config = plain_model_config(model_config('coco+mpii', 21, dialects=DIALECTS, combine='separate'))
    model = build()
    assert any(key.startswith('distill.dialects.mpii.') for key in model.state_dict())
    MODELS.build(config).load_state_dict(plain_state_dict(model.state_dict()), strict=True)
    assert 'dialects' not in plain_model_config(dict(config, test_cfg=dict(dialects=True)))['test_cfg']


@pytest.mark.parametrize(
    ('config', 'message'),
    [
        (dict(coco=dict(skeleton='coco')), "'coco' shares no keypoint"),
        (dict(coco=dict(skelton='coco')), "dialect 'coco' takes skeleton"),
        (dict(coco='coco'), "dialect 'coco' takes skeleton.*Got: 'coco'"),
        (dict(coco=dict(skeleton='coco', rank=0)), "dialect 'coco' takes.*rank"),
        ('coco,mpii', "given by name.*Got: 'coco,mpii'"),
        (dict(coco=dict(skeleton='coco'), aic=dict(skeleton='aic')), "(?s)of dialect 'aic' cannot.*'neck'.* not in"),
    ],
)
def test_mistakes_are_named(config: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_dialects(config, UNION, hidden=8)
