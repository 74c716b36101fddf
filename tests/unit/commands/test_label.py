import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpose.registry import MODELS

from tests.builders import CANVAS, model_config, spoil_teacher, train_config, write_teachers
from unipose.checkpoints.loading import sha256_file
from unipose.checkpoints.without_starts import without_starts
from unipose.commands.label import LabellingTeachers, find_people, write_labels
from unipose.distillers.combination import fuse
from unipose.people import person_score
from unipose.skeletons import load_skeleton
from unipose.teachers.calibration import Calibration
from unipose.visualization.canvas_samples import CanvasSamples

WEIGHTS = dict(coco=2.0, mpii=1.0)
UNION = load_skeleton('coco+mpii')


@pytest.fixture(scope='module')
def config(synthetic: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp('labels')
    teachers = {name: dict(entry, weight=WEIGHTS[name]) for name, entry in write_teachers(folder).items()}
    return train_config(synthetic, folder, model_config('coco+mpii', 21, teachers=teachers, canvas_size=CANVAS))


@pytest.fixture(scope='module')
def images(synthetic: Path) -> Path:
    return synthetic / 'coco/train2017'


@pytest.fixture(scope='module')
def boxes(synthetic: Path) -> Path:
    return synthetic / 'coco/annotations/person_keypoints_train2017.json'


@pytest.fixture(scope='module')
def labels(config: Config, boxes: Path, images: Path) -> dict:
    found, skipped = LabellingTeachers(config, 0.0)(boxes, images)
    assert not skipped
    return found


def test_training_sees_the_same_canvases_and_what_the_teachers_said_of_them(
    config: Config, labels: dict, images: Path, tmp_path: Path
) -> None:
    """From teachers to file to training and back, with nothing but MMPose's CocoDataset to read it."""
    write_labels(tmp_path / 'people.json', labels)
    source = dict(type='CocoDataset', ann_file=str(tmp_path / 'people.json'), data_prefix=dict(img=str(images)))
    training = dict(config.train_dataloader.dataset, sources=dict(web=dict(skeleton='coco+mpii', dataset=source)))
    dataset = CanvasSamples(training).dataset
    model = MODELS.build(without_starts(config.model)).eval()
    kept = [one for one in labels['annotations'] if one['num_keypoints']]
    assert len(dataset) == len(kept) >= 12
    batch = model.data_preprocessor(pseudo_collate([dataset[index, 0] for index in range(len(dataset))]))
    targets = {name: teacher(batch['inputs']) for name, teacher in model.teachers.items()}
    fused = fuse(list(targets.values()), list(WEIGHTS.values()))
    annotated = [sample.gt_instance_labels for sample in batch['data_samples']]
    places = torch.cat([one.keypoint_labels for one in annotated])
    shown = torch.cat([one.keypoint_weights for one in annotated]) > 0
    assert shown.sum() == sum(one['num_keypoints'] for one in kept) > 100
    assert (places - model.bins.decode(fused))[shown].abs().max() < 0.02  # two decimals of image pixels

    scores = torch.tensor([one['keypoint_scores'] for one in kept])
    shared, pelvis = UNION.index('left_knee'), UNION.index('pelvis')
    mean = (2 * targets['coco'].weight + targets['mpii'].weight)[:, shared] / 3
    assert torch.allclose(scores[:, shared], mean, atol=1e-4)
    assert torch.allclose(scores[:, 0], targets['coco'].weight[:, 0], atol=1e-4)  # MPII has no nose
    assert torch.allclose(scores[:, pelvis], targets['mpii'].weight[:, pelvis], atol=1e-4)


def test_what_the_file_says(config: Config, labels: dict, boxes: Path) -> None:
    (person,) = labels['categories']
    assert tuple(person['keypoints']) == UNION.names and person['name'] == 'person' and person['id'] == 1
    assert person['skeleton'] == [[a + 1, b + 1] for a, b in UNION.link_indices]
    given = json.loads(boxes.read_text())
    wanted = {image['id']: (image['file_name'], image['width'], image['height']) for image in given['images']}
    for image in labels['images']:
        assert wanted[image['id']] == (image['file_name'], image['width'], image['height'])
    for one, annotation in zip(labels['annotations'], given['annotations'], strict=True):
        assert one['image_id'] == annotation['image_id']
        np.testing.assert_allclose(one['bbox'], annotation['bbox'], atol=1.01)  # the last pixel is inside
        assert one['area'] == pytest.approx(0.53 * one['bbox'][2] * one['bbox'][3], rel=1e-3)
        assert one['num_keypoints'] == sum(one['keypoints'][2::3]) / 2
        assert one['score'] == pytest.approx(person_score(np.array(one['keypoint_scores'])), abs=1e-3)  # of a given box
    entry = config.model.teachers.mpii
    mpii = labels['info']['teachers']['mpii']
    assert mpii == dict(
        checkpoint='mpii.pth', sha256=sha256_file(entry.checkpoint), weight=1.0, calibration_sha256=None
    )


def test_unsure_keypoints_are_not_labelled(config: Config, labels: dict, boxes: Path, images: Path) -> None:
    scores = np.array([one['keypoint_scores'] for one in labels['annotations']])
    kpt_thr = float(scores[scores < 1].max()) + 5e-5  # between two scores of four decimals
    strict, _ = LabellingTeachers(config, kpt_thr)(boxes, images)
    before, after = (
        np.array([one['keypoints'] for one in found['annotations']]).reshape(-1, 21, 3) for found in (labels, strict)
    )
    sure = (scores >= kpt_thr)[..., None]
    np.testing.assert_array_equal(after, np.where(sure, before, 0))
    assert 0 < (after[..., 2] > 0).sum() < (before[..., 2] > 0).sum()


def test_what_a_teacher_says_that_is_no_number_is_no_label(
    config: Config, labels: dict, boxes: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nose, knee = UNION.index('nose'), UNION.index('left_knee')
    wrong = torch.tensor([nose, knee])
    spoil_teacher(monkeypatch, 'coco', lambda target, confidence: target.x.index_fill_(1, wrong, float('nan')))
    found, _ = LabellingTeachers(config, 0.0)(boxes, images)
    write_labels(tmp_path / 'people.json', found)
    before, after = (np.array([one['keypoint_scores'] for one in said['annotations']]) for said in (labels, found))
    assert (after[:, nose] == 0).all() and (after[:, knee] > 0).any()  # the other teacher knows the knee
    others = [index for index in range(21) if index not in (nose, knee)]
    np.testing.assert_array_equal(after[:, others], before[:, others])


def test_calibrated_teachers_say_how_often_they_are_right(
    config: Config, boxes: Path, images: Path, tmp_path: Path
) -> None:
    calibrated = config.copy()
    for entry in calibrated.model.teachers.values():
        entry.calibration = str(tmp_path / f'{entry.skeleton}.json')
        Calibration([0.5], [0.1], dict(checkpoint_sha256=sha256_file(entry.checkpoint))).save(entry.calibration)
    with pytest.raises(ValueError, match=r'no keypoint of 22 people reaches a score of 0.3; their best score is 0\.10'):
        LabellingTeachers(calibrated)(boxes, images)
    labels, _ = LabellingTeachers(calibrated, 0.05)(boxes, images)
    used = labels['info']['teachers']['coco']['calibration_sha256']
    assert used == sha256_file(calibrated.model.teachers.coco.calibration)


def test_nothing_is_labelled_outside_the_image(config: Config, images: Path) -> None:
    """A box at the border: half of the canvas is black."""
    name = sorted(images.iterdir())[0].name
    height, width = cv2.imread(str(images / name)).shape[:2]
    people = dict(
        images=[dict(id=7, file_name=name, width=width, height=height)],
        annotations=[
            dict(image_id=7, category_id=1, bbox=[x, y, 40, 60]) for x in (0, width - 40) for y in (0, height - 60)
        ],
    )
    found, _ = LabellingTeachers(config, 0.0)(people, images)
    assert [one['image_id'] for one in found['annotations']] == [7] * 4 and len(found['images']) == 1
    x, y, v = np.array([one['keypoints'] for one in found['annotations']]).reshape(-1, 3).T
    assert 0 < (v > 0).sum() < len(v)
    assert (x >= 0).all() and (x <= width - 1).all() and (y >= 0).all() and (y <= height - 1).all()


def test_bad_images_are_named_and_left_out(config: Config, images: Path, tmp_path: Path) -> None:
    files = sorted(images.iterdir())[:3]
    for number, content in enumerate(file.read_bytes() for file in files):
        (tmp_path / f'{number}.jpg').write_bytes(content[: 2000 if number == 1 else None])
    people, skipped = find_people(sorted(tmp_path.iterdir()), tmp_path)
    assert [image['file_name'] for image in people['images']] == ['0.jpg', '2.jpg']
    image = people['images'][0]
    assert people['annotations'][0]['bbox'] == [0, 0, image['width'], image['height']]
    assert len(skipped) == 1 and skipped[0].startswith(str(tmp_path / '1.jpg'))

    (tmp_path / '0.jpg').unlink()
    labels, skipped = LabellingTeachers(config, 0.0)(people, tmp_path)
    assert [image['file_name'] for image in labels['images']] == ['2.jpg']
    assert [one['id'] for one in labels['annotations']] == [1]
    assert len(skipped) == 1 and skipped[0].startswith(str(tmp_path / '0.jpg'))
    (tmp_path / '2.jpg').unlink()
    with pytest.raises(ValueError, match='no keypoint of 2 people .*; no image could be read, such as .*0.jpg'):
        LabellingTeachers(config, 0.0)(people, tmp_path)


def test_a_detector_says_where_people_are(images: Path) -> None:
    found = np.array([[10, 20, 60, 120], [0, 0, 30, 40]], np.float32), np.array([0.9, 0.4], np.float32)
    people, _ = find_people(sorted(images.iterdir())[:2], images.parent, lambda image: found)
    assert people['images'][1]['file_name'].startswith('train2017/')
    assert [one['image_id'] for one in people['annotations']] == [1, 1, 2, 2]
    assert people['annotations'][0]['bbox'] == [10, 20, 50, 100]
    assert people['annotations'][3]['score'] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ('changes', 'kpt_thr', 'message'),
    [
        ({}, 1.5, 'within 0 to 1. Got: 1.5'),
        ({'model.teachers': None, 'model.canvas_size': CANVAS}, 0.3, 'no model with teachers of weight above 0'),
        ({'model.teachers.coco.weight': 0, 'model.teachers.mpii': None}, 0.3, 'no model with teachers of weight'),
    ],
)
def test_mistakes_are_told(config: Config, changes: dict, kpt_thr: float, message: str) -> None:
    changed = config.copy()
    changed.merge_from_dict(changes)
    with pytest.raises(ValueError, match=message):
        LabellingTeachers(changed, kpt_thr)
