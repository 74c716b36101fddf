import json
from pathlib import Path

import numpy as np
import pytest
from mmpose.registry import EVALUATORS

from tests.evaluation_inputs import sample
from unipose.evaluation import CocoWholeBodyKeypointMetric
from unipose.skeletons import load_skeleton

FIELDS = dict(keypoints=17, foot_kpts=6, face_kpts=68, lefthand_kpts=21, righthand_kpts=21)
ENDS = np.cumsum(list(FIELDS.values()))
PARTS = {
    part: slice(end - number, end)
    for part, number, end in zip(('body', 'foot', 'face', 'lefthand', 'righthand'), FIELDS.values(), ENDS)
}
PLACES = np.random.default_rng(0).uniform(100, 300, (133, 2))


def scores(folder: Path, shifts: dict[str, float], labelled: float = 2.0) -> dict[str, float]:
    """Of one person whose parts are predicted so many pixels to the right."""
    keypoints = np.c_[PLACES, np.full(133, labelled)]
    parts = np.split(keypoints, ENDS[:-1])
    person = dict(id=1, image_id=1, category_id=1, iscrowd=0, bbox=[100, 100, 200, 200], area=200 * 200)
    person |= {field: part.ravel().tolist() for field, part in zip(FIELDS, parts)}
    images = [dict(id=1, file_name='1.jpg', width=400, height=400)]
    file = folder / 'wholebody.json'
    file.write_text(json.dumps(dict(images=images, annotations=[person], categories=[dict(id=1, name='person')])))
    metric = dict(type='CocoWholeBodyKeypointMetric', skeleton='coco_wholebody', ann_file=str(file))
    config = dict(type='UnifiedEvaluator', skeleton='coco_wholebody', metrics=dict(wholebody=metric))
    judge, predicted = EVALUATORS.build(config), PLACES.copy()
    for part, shift in shifts.items():
        predicted[PARTS[part], 0] += shift
    judge.process([sample('wholebody', 1, PLACES, predicted=predicted)])
    return judge.evaluate(1)


def test_all_where_it_is(tmp_path: Path) -> None:
    found = scores(tmp_path, {})
    names = ['AP', *(f'{part}/AP' for part in PARTS), *(f'{part}/AR' for part in PARTS), 'face/AP50', 'foot/AP(L)']
    assert [found[f'wholebody/{name}'] for name in names] == pytest.approx([1.0] * len(names))
    assert np.isnan(found['wholebody/AP(M)'])


@pytest.mark.parametrize('part', PARTS)
def test_each_part_alone(tmp_path: Path, part: str) -> None:
    # OKS by hand: the mean over a part's keypoints of exp(-d^2 / (2 area (2 sigma)^2))
    sigmas, shift = np.array(load_skeleton('coco_wholebody').sigmas), 6.0
    near = np.exp(-(shift**2) / (2 * 200 * 200 * (2 * sigmas) ** 2))
    whole = np.ones(133)
    whole[PARTS[part]] = near[PARTS[part]]
    found = scores(tmp_path, {part: shift})
    for name, expected in ((f'{part}/AP', near[PARTS[part]].mean()), ('AP', whole.mean())):
        met = sum(expected >= threshold for threshold in np.linspace(0.5, 0.95, 10)) / 10
        assert found[f'wholebody/{name}'] == pytest.approx(met), name
    assert all(found[f'wholebody/{other}/AP'] == pytest.approx(1.0) for other in PARTS if other != part)


def test_nothing_is_labelled(tmp_path: Path) -> None:
    assert np.isnan(scores(tmp_path, {}, labelled=0.0)['wholebody/face/AP'])


def test_whole_pictures_are_refused(tmp_path: Path) -> None:
    (tmp_path / 'none.json').write_text(json.dumps(dict(images=[], annotations=[], categories=[])))
    metric = CocoWholeBodyKeypointMetric(str(tmp_path / 'none.json'))
    with pytest.raises(ValueError, match='a CocoWholeBodyKeypointMetric scores people one by one'):
        metric.process(None, [dict(id=(1, 2))])


def test_a_missing_file() -> None:
    config = dict(type='CocoWholeBodyKeypointMetric', skeleton='coco_wholebody', ann_file='none.json')
    with pytest.raises(FileNotFoundError, match='CocoWholeBodyKeypointMetric: there is no annotation file none.json'):
        EVALUATORS.build(dict(type='UnifiedEvaluator', skeleton='coco_wholebody', metrics=dict(a=config)))
