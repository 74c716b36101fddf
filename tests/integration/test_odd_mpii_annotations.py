"""MPII's annotation files mean the same to check, training and scoring, or are refused with the same words."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from tests.annotated import SHIFT, check, refused, score, train
from unipose.datasets.synthetic import generate_mpii

Content = list[dict[str, Any]]
Change = Callable[[Content], object]
IMAGES = 4


@pytest.fixture(scope='module')
def mpii(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('odd_mpii')
    generate_mpii(folder, dict(val=IMAGES), seed=0)
    return folder


def source(mpii: Path, file: Path, test: bool = False, **dataset: Any) -> dict[str, Any]:
    people = dict(type='MpiiDataset', ann_file=str(file), data_prefix=dict(img=str(mpii / 'images')))
    heads = dict(headbox_file=str(mpii / 'annotations/mpii_gt_val.mat')) if test else {}
    return dict(skeleton='mpii', dataset=people | heads | dataset)


def content_of(mpii: Path) -> Content:
    return json.loads((mpii / 'annotations/mpii_val.json').read_text())


def second(**values: Any) -> Change:
    return lambda content: content[1].update(copy.deepcopy(values))


def everybody(**values: Any) -> Change:
    return lambda content: [entry.update(copy.deepcopy(values)) for entry in content]


def joint(*place: Any) -> Change:
    return lambda content: content[1]['joints'].__setitem__(2, list(place))


def file_names(begin: str) -> Change:
    return lambda content: [entry.update(image=f'{begin}{entry["image"]}') for entry in content]


def hidden(content: Content) -> None:
    content[1].update(joints=[[-1, -1]] * 16, joints_vis=[0] * 16)


def unknown(content: Content) -> None:
    content[1]['joints'][2:4] = [None, [None, 6]]
    content[1]['joints_vis'][2:4] = [0, 0]


ODD: dict[str, tuple[Change, set[str]]] = {  # what is done, and what is suspicious of it
    'as it is': (lambda content: None, set()),
    'flags as booleans': (
        lambda content: content[1].update(joints_vis=list(map(bool, content[1]['joints_vis']))),
        set(),
    ),
    'flags as floats': (
        lambda content: content[1].update(joints_vis=list(map(float, content[1]['joints_vis']))),
        set(),
    ),
    'nobody visible in one': (hidden, set()),
    'joints null that nothing is known of': (unknown, set()),
    'no centre': (second(center=[-1.0, -1.0]), {'keypoint-off-box'}),
    'more than is read': (everybody(category_id='person', torso=None), set()),
    'backslashes': (file_names('images\\\\'), {'image-name'}),
    'addresses': (file_names('https://example.org/a/'), {'image-name'}),
}


@pytest.mark.parametrize('name', ODD)
def test_what_is_odd_is_told_and_scores_what_it_scores(mpii: Path, tmp_path: Path, name: str) -> None:
    change, suspicious = ODD[name]
    content, file = content_of(mpii), tmp_path / 'people.json'
    change(content)
    file.write_text(json.dumps(content), encoding='utf-8-sig')
    people = source(mpii, file)
    found = check(people)
    assert found['fault'] == [] and {one.partition(':')[0] for one in found['suspicion']} == suspicious
    assert train(people) == len(content)
    scores = score(source(mpii, file, test=True), None, 'MpiiPCKhMetric')
    assert scores['mine/PCKh@0.5'] == 100.0 and scores['mine/mean_error_px'] == pytest.approx(
        math.sqrt(2) * SHIFT, abs=1e-3
    )


def test_images_need_not_be_called_by_numbers(mpii: Path, tmp_path: Path) -> None:
    content, file = content_of(mpii), tmp_path / 'people.json'
    for entry in content:
        name = f'photo {entry["image"]}'
        (tmp_path / name).write_bytes((mpii / 'images' / entry['image']).read_bytes())
        entry['image'] = name
    file.write_text(json.dumps(content))
    people = source(mpii, file, test=True, data_prefix=dict(img=str(tmp_path)))
    assert check(source(mpii, file, data_prefix=dict(img=str(tmp_path))))['fault'] == []
    assert score(people, None, 'MpiiPCKhMetric')['mine/PCKh@0.5'] == 100.0


WRONG: dict[str, tuple[Change, str]] = {  # what is done, and what is said of it
    **{
        f'no {key}': (lambda content, key=key: content[1].pop(key), f'entry 1: lacks {key}')
        for key in ('image', 'center', 'scale', 'joints', 'joints_vis')
    },
    'all null': (everybody(center=None, joints=None), 'entry 0: lacks center, joints'),
    'an entry null': (lambda content: content.insert(1, None), 'entry 1: is no mapping: None'),
    'a joint too few': (lambda content: content[1]['joints'].pop(), '15 joints, 16 joints_vis; the skeleton has 16'),
    'a flag too many': (lambda content: content[1]['joints_vis'].append(1), '16 joints, 17 joints_vis; the skeleton'),
    'joints in one list': (second(joints=[5.0] * 32), '32 joints, 16 joints_vis; the skeleton has 16 keypoints'),
    'joints of three numbers': (joint(5, 6, 1), 'joints are x, y: right_hip [5, 6, 1]'),
    'a joint null': (joint(None, 6), 'joints are x, y: right_hip [None, 6]'),
    'joints as texts': (joint('5', '6'), "joints are x, y: right_hip ['5', '6']"),
    'NaN': (joint(math.nan, 6), 'joints are x, y: right_hip [nan, 6]'),
    'infinite': (joint(math.inf, 6), 'joints are x, y: right_hip [inf, 6]'),
    'a flag of 2': (second(joints_vis=[1] * 15 + [2]), 'joints_vis is 0 or 1: left_wrist 2'),
    'flags as texts': (second(joints_vis=['1'] * 16), "joints_vis is 0 or 1: right_ankle '1'"),
    'flags null': (second(joints_vis=[None] + [1] * 15), 'joints_vis is 0 or 1: right_ankle None'),
    'a scale as a text': (second(scale='2.5'), "entry 1: has scale '2.5', which must be a number"),
    'a scale of 0': (second(scale=0), 'scale 0'),
    'a scale of NaN': (second(scale=math.nan), 'scale nan'),
    'a scale below 0': (second(scale=-2.5), 'scale -2.5'),
    'a huge scale': (second(scale=10**30), 'scale 1000000000000000000000000000000'),
    'a centre of three': (second(center=[1, 2, 3]), 'center [1, 2, 3], scale'),
    'a centre of texts': (second(center=['1', '2']), "center ['1', '2'], scale"),
    'a centre as a number': (second(center=5), 'entry 1: has center 5, which must be a list of x, y'),
    'a centre far away': (second(center=[5000, 5000], scale=1.0), 'image 256x256'),
    'an image as a number': (second(image=5), 'entry 1: has image 5, which must be the name of a file'),
    'an image without a name': (second(image=''), "entry 1: has image '', which must be the name of a file"),
    'nobody visible': (
        lambda content: [entry.update(joints_vis=[0] * 16) for entry in content],
        f'people of {IMAGES} images: ',
    ),
    'nobody': (lambda content: content.clear(), '0 people of 0 images: none'),
    'a mapping': (
        lambda content: json.dumps(dict(people=content)).encode(),
        "must be a list of people, MPII's layout. Got: a mapping of",
    ),
    'a file that is cut off': (lambda content: json.dumps(content).encode()[:-40], 'people.json is not JSON'),
    'an empty file': (lambda content: b'', 'people.json is not JSON'),
}


@pytest.mark.parametrize('name', WRONG)
def test_what_is_wrong_is_refused_by_all_with_the_same_words(mpii: Path, tmp_path: Path, name: str) -> None:
    change, said = WRONG[name]
    content, file = content_of(mpii), tmp_path / 'people.json'
    changed = change(content)
    file.write_bytes(changed if isinstance(changed, bytes) else json.dumps(content).encode())
    people = source(mpii, file)
    found: dict[str, list[str]] = {}
    checked = refused(lambda: found.update(check(people))) or '\n'.join(found['fault'])
    trained = refused(train, people)
    assert said in checked and said in trained
    assert refused(score, source(mpii, file, test=True), None, 'MpiiPCKhMetric') == trained


def test_head_boxes_are_those_of_the_people(mpii: Path, tmp_path: Path) -> None:
    file, heads = tmp_path / 'people.json', tmp_path / 'heads.mat'
    file.write_text(json.dumps(content_of(mpii)))
    people = source(mpii, file, test=True, headbox_file=str(heads))
    boxes = loadmat(mpii / 'annotations/mpii_gt_val.mat')['headboxes_src']
    for content, said in (
        (dict(headboxes_src=boxes[..., 1:]), f'of shape [2, 2, {boxes.shape[-1] - 1}], and the annotation file'),
        (dict(boxes=np.zeros((2, 2, 3))), 'lacks headboxes_src'),
        (None, 'is no MATLAB file'),
    ):
        heads.write_bytes(b'no file of MATLAB' * 20) if content is None else savemat(heads, content)
        assert said in refused(score, people, None, 'MpiiPCKhMetric')
        (fault,) = check(people, 'val')['fault']
        assert said in fault


def test_options_that_mean_nothing_here_are_refused(mpii: Path, tmp_path: Path) -> None:
    file = mpii / 'annotations/mpii_val.json'
    (tmp_path / 'boxes.json').write_text('[]')
    people = source(mpii, file, test=True, bbox_file=str(tmp_path / 'boxes.json'))
    assert 'leave bbox_file out' in refused(score, people, None, 'MpiiPCKhMetric')
    people = source(mpii, file, data_mode='bottomup')
    assert "data_mode must be 'topdown', students see one person at a time. Got: 'bottomup'" in refused(train, people)
    assert "data_mode must be 'topdown'" in check(people)['fault'][0]
