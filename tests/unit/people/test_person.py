import dataclasses
import json

import numpy as np
import pytest
from mmengine.structures import InstanceData
from mmpose.structures import split_instances

from unipose.people import Person, people_to_json
from unipose.skeletons import load_skeleton

RNG = np.random.default_rng(0)
PEOPLE = [
    Person(
        RNG.uniform(0, 100, (17, 2)).astype(np.float32),
        RNG.uniform(0, 1, 17).astype(np.float32),
        np.float32([10, 20, 30 + i, 40.5]),
        0.25 * (i + 1),
    )
    for i in range(2)
]


def test_instances_are_those_of_mmposes_inferencer():
    theirs = split_instances(
        InstanceData(
            keypoints=np.stack([person.keypoints for person in PEOPLE]),
            keypoint_scores=np.stack([person.scores for person in PEOPLE]),
            bboxes=np.stack([person.bbox for person in PEOPLE]),
            bbox_scores=np.array([person.bbox_score for person in PEOPLE]),
        )
    )
    for person, expected in zip(PEOPLE, theirs, strict=True):
        instance = person.to_instance()
        assert list(instance) == [*expected, 'score']
        for key, value in expected.items():
            assert np.shape(instance[key]) == np.shape(value), key
            np.testing.assert_allclose(instance[key], value, atol=1e-5)


def test_json_says_what_the_keypoints_are():
    coco = load_skeleton('coco')
    content = json.loads(people_to_json(PEOPLE, coco, 'a.jpg', (480, 640, 3)))
    assert content['meta'] == dict(
        image='a.jpg',
        width=640,
        height=480,
        skeleton='coco',
        keypoint_names=list(coco.names),
        skeleton_links=[list(link) for link in coco.link_indices],
    )
    assert content['instances'] == [person.to_instance() for person in PEOPLE]
    assert json.loads(people_to_json([], coco, 'a.jpg', (1, 1)))['instances'] == []


def test_keypoints_by_name():
    names = load_skeleton('coco').names
    person = dataclasses.replace(PEOPLE[0], names=names)
    wrist = person['left_wrist']
    index = names.index('left_wrist')
    assert (wrist.x, wrist.y) == tuple(person.keypoints[index].tolist()) and wrist.score == person.scores[index]
    for one, message in (
        (person, 'there is no keypoint .pelvis.; there are nose, left_eye'),
        (PEOPLE[0], 'none with a name'),
    ):
        with pytest.raises(KeyError, match=message):
            one['pelvis']


def test_scores():
    person = PEOPLE[1]
    above = person.scores[person.scores > 0.2]
    assert 0 < len(above) < 17 and person.score == pytest.approx(0.5 * above.mean())
    rescored = dataclasses.replace(person, oks=0.8)
    assert rescored.score == 0.8 and rescored.to_instance() == person.to_instance() | dict(score=0.8)
