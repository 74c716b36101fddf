import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from tests.builders import sources, train_pipeline
from tests.evaluation_inputs import data_config
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset
from unipose.datasets.view_sampler import ViewSampler
from unipose.files import DamagedImageError
from unipose.skeletons import load_skeleton

UNION = load_skeleton('coco+mpii')
FEET = ('left_ankle', 'right_ankle')


def people_in(root: Path, **changes) -> dict:
    """The synthetic COCO people as a source of boxes alone."""
    data = dict(
        type='PersonBoxDataset',
        data_root=str(root / 'coco'),
        ann_file='annotations/person_keypoints_train2017.json',
        data_prefix=dict(img='train2017/'),
    )
    return dict(dict(skeleton=None), **changes) | dict(dataset=data | changes.get('dataset', {}))


def build(root: Path, **options) -> UnifiedKeypointDataset:
    options = dict(sources=sources(root), pipeline=train_pipeline(), skeleton='coco+mpii') | options
    return UnifiedKeypointDataset(**options)


@pytest.fixture
def copied(synthetic: Path, tmp_path: Path) -> Path:
    """A copy of the synthetic data that a test may damage."""
    return Path(shutil.copytree(synthetic, tmp_path / 'data'))


def test_each_source_keeps_its_keypoints_by_name(synthetic: Path) -> None:
    dataset = build(synthetic)
    annotations = json.loads((synthetic / 'coco/annotations/person_keypoints_train2017.json').read_text())[
        'annotations'
    ]
    by_id = {annotation['id']: annotation for annotation in annotations}
    first = dataset.get_data_info(0)
    truth = np.array(by_id[first['id']]['keypoints']).reshape(17, 3)
    assert first['source'] == 'coco' and first['bbox_padding'] == 1.25
    np.testing.assert_allclose(first['keypoints'][0, :17], truth[:, :2])
    np.testing.assert_array_equal(first['keypoints_visible'][0, :17], truth[:, 2] > 0)
    assert (first['keypoints_visible'][0, 17:] == 0).all()


def test_mpii_is_0_based_at_load(synthetic: Path) -> None:
    dataset = build(synthetic)
    sample = dataset.get_data_info(int(dataset.first_indices[1]))
    truth = json.loads((synthetic / 'mpii/annotations/mpii_train.json').read_text())[0]
    mpii = load_skeleton('mpii')
    for index, name in enumerate(mpii.names):
        if truth['joints_vis'][index]:
            expected = np.array(truth['joints'][index]) - 1
            np.testing.assert_allclose(sample['keypoints'][0, UNION.index(name)], expected, atol=1e-4)
    assert sample['source'] == 'mpii' and sample['bbox_padding'] == 0.9375
    assert sample['keypoints_visible'][0, UNION.index('nose')] == 0


def test_the_metainfo_is_the_unions(synthetic: Path) -> None:
    metainfo = build(synthetic).metainfo
    assert metainfo['num_keypoints'] == 21 and tuple(metainfo['flip_indices']) == UNION.flip_indices
    sample = build(synthetic).get_data_info(0)
    upper = {UNION.names[i] for i in sample['upper_body_ids']}
    assert {'nose', 'thorax', 'head_top', 'left_wrist'} <= upper
    assert UNION.names[sample['lower_body_ids'][0]] == 'left_hip'


def test_flipped_samples_swap_left_and_right(synthetic: Path) -> None:
    flip = [
        dict(type='LoadCheckedImage'),
        dict(type='GetSourceBBoxCenterScale'),
        dict(type='Seeded', transforms=[dict(type='RandomFlip', prob=1.0)]),
        dict(type='CanvasAffine', input_size=(96, 128), canvas_size=(128, 128)),
        dict(type='PackUnifiedInputs'),
    ]
    plain, flipped = build(synthetic, pipeline=[*flip[:2], *flip[3:]])[(0, 0)], build(synthetic, pipeline=flip)[(0, 0)]
    labels, mirrored = (s['data_samples'].gt_instance_labels.keypoint_labels[0] for s in (plain, flipped))
    visible = plain['data_samples'].gt_instance_labels.keypoint_weights[0] > 0
    back = mirrored[list(UNION.flip_indices)]
    assert torch.allclose(96 - 1 - back[visible][:, 0], labels[visible][:, 0], atol=1.5)  # mirrored about the image
    assert torch.allclose(back[visible][:, 1], labels[visible][:, 1], atol=1e-3)


def tensors_of(dataset: UnifiedKeypointDataset, workers: int, epochs: int = 2, persistent: bool = False) -> list:
    sampler = ViewSampler(dataset, seed=3)
    loader = DataLoader(
        dataset, batch_size=1, sampler=sampler, num_workers=workers, persistent_workers=persistent, collate_fn=list
    )
    drawn = []
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        drawn += [batch[0]['inputs'] for batch in loader]
    return drawn


def test_the_same_seed_gives_the_same_tensors_with_any_workers(synthetic: Path) -> None:
    dataset = build(synthetic)
    np.random.seed(1)
    alone = tensors_of(dataset, 0)
    np.random.seed(2)
    for workers, persistent in ((1, False), (2, False), (2, True)):
        drawn = tensors_of(dataset, workers, persistent=persistent)
        assert len(drawn) == len(alone) and all(map(torch.equal, drawn, alone))
    assert not torch.equal(tensors_of(build(synthetic, seed=1), 0)[0], alone[0])


def test_ambient_generators_are_left_as_they_were(synthetic: Path) -> None:
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)
    build(synthetic)[(0, 0)]
    assert np.random.rand() == expected


def test_two_samples_never_share_their_cutout(synthetic: Path) -> None:
    hole = dict(type='CoarseDropout', max_holes=1, max_height=0.4, max_width=0.4, min_height=0.2, min_width=0.2, p=1.0)
    cutout = dict(type='Seeded', transforms=[dict(type='Albumentation', transforms=[hole])])
    dataset = build(synthetic, pipeline=[_white_image, cutout, dict(type='PackUnifiedInputs')])
    for workers in (0, 2):
        drawn = tensors_of(dataset, workers, epochs=1)
        corners = {tuple((image.sum(0) == 0).nonzero()[0].tolist()) for image in drawn}
        assert len(corners) == len(drawn)


def _white_image(sample: dict) -> dict:
    image = np.full((256, 256, 3), 200, np.uint8)
    return dict(sample, img=image, img_shape=image.shape[:2], ori_shape=image.shape[:2])


def test_training_by_plain_numbers_is_refused(synthetic: Path) -> None:
    with pytest.raises(TypeError, match='ViewSampler'):
        build(synthetic)[0]


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_a_damaged_image_is_replaced_and_shifts_no_other(copied: Path) -> None:
    whole = build(copied)
    path = Path(whole.get_data_info(0)['img_path'])
    same_image = [i for i in range(len(whole)) if whole.get_data_info(i)['img_path'] == str(path)]
    before = {i: whole[(i, 0)]['inputs'] for i in range(len(whole))}
    damage(path)
    damaged = build(copied)
    for index, tensor in before.items():
        sample = damaged[(index, 0)]
        skipped = sample['data_samples'].metainfo['skipped']
        if index in same_image:
            assert path.name in skipped[0] and 'truncated' in skipped[0]
            assert torch.equal(sample['inputs'], before[sample['data_samples'].index])  # it is itself
        else:
            assert not skipped and torch.equal(sample['inputs'], tensor)


def test_a_damaged_image_is_replaced_in_validation_too(copied: Path) -> None:
    pipeline = data_config(copied)['test_dataloader']['dataset']['pipeline']
    dataset = build(copied, sources=sources(copied, 'val'), pipeline=pipeline, test_mode=True)
    path = Path(dataset.get_data_info(0)['img_path'])
    damage(path)
    sample = dataset[0]['data_samples']
    assert sample.img_path != str(path) and sample.source == 'coco'
    assert len(sample.skipped) == 1 and path.name in sample.skipped[0]  # once, however many people are in it


def test_an_incomplete_image_folder_ends_training(copied: Path) -> None:
    for path in (copied / 'coco/train2017').iterdir():
        path.unlink()
    with pytest.raises(DamagedImageError, match='is the image folder complete'):
        build(copied)[(0, 0)]


def test_people_without_keypoints_are_framed_as_those_with_them(synthetic: Path) -> None:
    pipeline = [t if t['type'] != 'Seeded' else t['transforms'][3] for t in train_pipeline()]  # nothing random
    dataset = build(synthetic, sources=dict(sources(synthetic), web=people_in(synthetic)), pipeline=pipeline)
    first = int(dataset.first_indices[2])
    for offset in (0, len(dataset) - first - 1):
        labelled, unlabelled = dataset[(offset, 0)], dataset[(first + offset, 0)]
        assert torch.equal(labelled['inputs'], unlabelled['inputs'])
        assert unlabelled['data_samples'].source == 'web'
        labels = unlabelled['data_samples'].gt_instance_labels
        assert labels.keypoint_labels.shape == (1, 21, 2) and labels.keypoint_labels.isfinite().all()
        assert not labels.keypoint_weights.any() and labels.keypoint_weights.shape == (1, 21)
    info = dataset.get_data_info(first)
    assert not info['keypoints'].any() and not info['keypoints_visible'].any()
    assert info['bbox_padding'] == 1.25


def test_people_without_keypoints_are_augmented_the_same_with_any_workers(synthetic: Path) -> None:
    boxes = dict(web=people_in(synthetic, ratio=0.5, padding=1.0), coco=sources(synthetic)['coco'])
    mixed, alone = build(synthetic, sources=boxes), build(synthetic, sources=dict(web=boxes['web']))
    for dataset in (mixed, alone):
        drawn, again = tensors_of(dataset, 0), tensors_of(dataset, 2)
        assert len(drawn) == len(again) and all(map(torch.equal, drawn, again))
        assert any(not torch.equal(drawn[0], other) for other in drawn[1:])
    assert len(ViewSampler(alone)) == round(0.5 * len(alone))
    assert torch.equal(mixed[(3, 1)]['inputs'], alone[(3, 1)]['inputs'])


def test_keypoints_can_be_left_aside(synthetic: Path) -> None:
    given = sources(synthetic)
    given['mpii'].update(skeleton=None)
    dataset = build(synthetic, sources=given, skeleton='coco+mpii')
    sample, labelled = (d.get_data_info(int(dataset.first_indices[1])) for d in (dataset, build(synthetic)))
    np.testing.assert_array_equal(sample['bbox'], labelled['bbox'])
    assert labelled['keypoints_visible'].any() and not sample['keypoints_visible'].any()
    assert build(synthetic, sources=given, skeleton=None).skeleton.name == 'coco'


def test_a_source_without_keypoints_is_not_scored(synthetic: Path) -> None:
    scored = dict(sources(synthetic, 'val'), web=people_in(synthetic))
    with pytest.raises(ValueError, match=r"(?s)'web' has no keypoints .* to score.*dataset.sources.web=None"):
        build(synthetic, sources=scored, test_mode=True)
    assert len(build(synthetic, sources=dict(scored, web=None), test_mode=True).sources) == 2


def test_a_damaged_image_without_keypoints_is_replaced(copied: Path) -> None:
    dataset = build(copied, sources=dict(web=people_in(copied)))
    path = Path(dataset.get_data_info(0)['img_path'])
    damage(path)
    sample = dataset[(0, 0)]['data_samples']
    assert sample.img_path != str(path) and path.name in sample.skipped[0]


def test_boxes_of_images_of_another_size_are_refused(copied: Path) -> None:
    path = copied / 'coco/annotations/person_keypoints_train2017.json'
    content = json.loads(path.read_text())
    for image in content['images']:
        image['width'] = 300
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r'(?s)12 problems:.*256x256, not 300x256.*the size that the image has'):
        build(copied, sources=dict(web=people_in(copied)))


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(skeleton='coco'), r"(?s)does not fit skeleton 'coco'.* has no keypoints\n.*None for boxes alone"),
        (dict(aliases=dict(nose='chin')), "'web' has no keypoints .* for aliases"),
        (dict(dataset=dict(min_size=1000)), "(?s)'web'.*cannot be read as a PersonBoxDataset.*smaller than 1000 px"),
        (dict(dataset=dict(category='dog')), "has no category 'dog'"),
    ],
)
def test_mistakes_in_sources_without_keypoints_are_named(synthetic: Path, change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(synthetic, sources=dict(web=people_in(synthetic, **change)))


def test_a_missing_list_of_boxes_is_named(synthetic: Path) -> None:
    missing = people_in(synthetic, dataset=dict(bbox_file='nowhere.json'))
    with pytest.raises(FileNotFoundError, match="'web' is not in place, missing: bbox_file nowhere.json"):
        build(synthetic, sources=dict(web=missing))


def test_the_keypoints_to_learn_must_be_named_where_no_source_has_any(synthetic: Path) -> None:
    with pytest.raises(ValueError, match=r"none of the sources \['web'\] has keypoints.*skeleton='coco\+mpii'"):
        build(synthetic, sources=dict(web=people_in(synthetic)), skeleton=None)


def test_missing_files_are_all_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r'(?s)ann_file.*mpii_gt_val.*image folder.*data/README.md'):
        build(tmp_path, sources=dict(mpii=sources(tmp_path, 'val')['mpii']), test_mode=True)


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (lambda k: k[:48], r'annotation \d+ of .* 48 numbers, not 51'),
        (lambda k: [float('nan')] * 3 + k[3:], r'nose \[nan'),
        (lambda k: k[:50], '50 numbers, not 51'),
    ],
)
def test_bad_annotations_are_named(copied: Path, change, message: str) -> None:
    path = copied / 'coco/annotations/person_keypoints_train2017.json'
    content = json.loads(path.read_text())
    content['annotations'][0]['keypoints'] = change(content['annotations'][0]['keypoints'])
    content['annotations'][0]['keypoints'][2:3] = [2]
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=message):
        build(copied)


def test_a_broken_json_is_named(copied: Path) -> None:
    damage(copied / 'mpii/annotations/mpii_train.json')
    with pytest.raises(ValueError, match="source 'mpii': .*mpii_train.json is not JSON"):
        build(copied)


def test_a_source_in_the_wrong_skeleton_is_refused(synthetic: Path) -> None:
    wrong = sources(synthetic)
    wrong['mpii']['skeleton'] = 'coco'
    with pytest.raises(ValueError, match='the skeleton has 17 keypoints'):
        build(synthetic, sources=wrong)


def test_detected_boxes_have_the_keypoints_of_a_skeleton_of_ones_own(copied: Path) -> None:
    annotations, feet = copied / 'coco/annotations/person_keypoints_val2017.json', load_skeleton('coco').subset(FEET)
    content = json.loads(annotations.read_text())
    boxes = [dict(image_id=a['image_id'], category_id=1, bbox=a['bbox'], score=0.9) for a in content['annotations']]
    (copied / 'boxes.json').write_text(json.dumps(boxes))
    for annotation in content['annotations']:
        annotation['keypoints'] = annotation['keypoints'][-6:]
    annotations.write_text(json.dumps(content))
    data = dict(
        type='CocoDataset',
        data_root=str(copied / 'coco'),
        ann_file='annotations/person_keypoints_val2017.json',
        bbox_file=str(copied / 'boxes.json'),
        data_prefix=dict(img='val2017/'),
    )
    dataset = build(copied, sources=dict(mine=dict(skeleton=feet, dataset=data)), pipeline=[], test_mode=True)
    assert len(dataset) == len(boxes)
    assert dataset[0]['keypoints_visible'].sum() == len(FEET)


def test_nothing_to_learn_from_is_refused(synthetic: Path) -> None:
    with pytest.raises(ValueError, match='at least one source'):
        build(synthetic, sources=dict(coco=None))
    with pytest.raises(ValueError, match='padding must be > 0'):
        build(synthetic, sources=dict(coco=dict(sources(synthetic)['coco'], padding=0)))
