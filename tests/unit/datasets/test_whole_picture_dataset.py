import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.builders import sources
from tests.whole_pictures import dekr_config
from unipose.datasets.whole_picture_dataset import WholePictureDataset


@pytest.fixture
def crowded(synthetic: Path, tmp_path: Path) -> tuple[Path, dict]:
    """The synthetic people, with an empty picture, a crowd, and somebody without keypoints; and what the file says."""
    shutil.copytree(synthetic / 'coco', tmp_path / 'coco')
    file = tmp_path / 'coco/annotations/person_keypoints_val2017.json'
    content = json.loads(file.read_text())
    first, last = content['images'][0]['id'], content['images'][-1]['id']
    content['annotations'] = [one for one in content['annotations'] if one['image_id'] != last]
    nobody = dict(image_id=first, category_id=1, keypoints=[0] * 51, num_keypoints=0, area=100.0)
    content['annotations'] += [
        dict(nobody, id=90001, bbox=[10, 20, 30, 40], iscrowd=1),
        dict(nobody, id=90002, bbox=[100, 120, 50, 60], iscrowd=0),
    ]
    file.write_text(json.dumps(content))
    return tmp_path, content


def dataset(root: Path, test_mode: bool = True, **source: object) -> WholePictureDataset:
    coco = dict(sources(root, 'val')['coco'], **source)
    return WholePictureDataset(dict(coco=coco), skeleton='coco', test_mode=test_mode)


def test_a_sample_is_a_picture_with_everybody_in_it(crowded: tuple) -> None:
    root, content = crowded
    pictures = dataset(root)
    assert len(pictures) == len(content['images'])
    for index, image in enumerate(content['images']):
        people = [one for one in content['annotations'] if one['image_id'] == image['id'] and one['num_keypoints']]
        sample = pictures.get_data_info(index)
        assert sample['img_id'] == image['id'] and sample['index'] == index
        assert Path(sample['img_path']).name == image['file_name']
        assert sample['id'] == tuple(one['id'] for one in people)
        written = np.reshape([one['keypoints'] for one in people], (-1, 17, 3))
        np.testing.assert_allclose(sample['keypoints'], written[..., :2], atol=1e-3)
        np.testing.assert_array_equal(sample['keypoints_visible'] > 0, written[..., 2] > 0)
        assert sample['bbox'].shape == (len(people), 4) and sample['area'].shape == (len(people),)
    assert pictures.get_data_info(0)['others'].tolist() == [[10, 20, 40, 60], [100, 120, 150, 180]]
    assert pictures.get_data_info(1)['others'].shape == (0, 4)


def test_nothing_is_learned_from_an_empty_picture(crowded: tuple) -> None:
    root, content = crowded
    assert len(dataset(root, test_mode=False)) == len(content['images']) - 1


def test_a_view_is_the_same_whoever_draws_it(synthetic: Path) -> None:
    config = dekr_config(synthetic).train_dataloader.dataset
    pictures, others = (WholePictureDataset(**{k: v for k, v in config.items() if k != 'type'}) for _ in range(2))
    others[(3, 1)]
    one, same, later = pictures[(2, 0)], others[(2, 0)], pictures[(2, 1)]
    assert torch.equal(one['inputs'], same['inputs']) and not torch.equal(one['inputs'], later['inputs'])
    fields = one['data_samples'].gt_fields
    assert set(fields.keys()) == {
        *('heatmaps', 'heatmap_weights', 'displacements', 'displacement_weights', 'heatmap_mask')
    }
    assert fields.heatmaps.shape == (18, 32, 32) and fields.heatmap_mask.shape == (1, 32, 32)
    assert torch.equal(fields.displacements, same['data_samples'].gt_fields.displacements)


@pytest.mark.parametrize(
    ('changes', 'said'),
    [
        (dict(skeleton=None), 'give it a skeleton'),
        (dict(dataset=dict(type='MpiiDataset')), 'does not say who else is in a picture'),
    ],
)
def test_other_sources_are_refused(synthetic: Path, changes: dict, said: str) -> None:
    name = 'mpii' if 'dataset' in changes else 'coco'
    source = sources(synthetic, 'train')[name] | {key: value for key, value in changes.items() if key != 'dataset'}
    with pytest.raises(ValueError, match=re.escape(said)):
        WholePictureDataset({name: source}, skeleton=name)


def test_mpii_s_people_are_gathered_by_picture_with_boxes_of_their_own(synthetic: Path) -> None:
    source = dict(sources(synthetic, 'val')['mpii'], boxes='keypoints', padding=0.9375)
    pictures = WholePictureDataset(dict(mpii=source), skeleton='coco+mpii', partly_annotated=True, test_mode=True)
    people = sum(len(pictures.get_data_info(index)['bbox']) for index in range(len(pictures)))
    assert people == len(pictures.sources[0].dataset) >= len(pictures)
    for index in range(len(pictures)):
        sample = pictures.get_data_info(index)
        assert not sample['everyone'] and sample['annotated'].sum() == 16 and sample['bbox_padding'] == 0.9375
        for box, given, area, points, seen in zip(
            *(sample[key] for key in ('bbox', 'given_bbox', 'area', 'keypoints', 'keypoints_visible')), strict=True
        ):
            low, high = points[seen > 0].min(0), points[seen > 0].max(0)
            margin = 0.08 * (high - low).max()
            np.testing.assert_allclose(box, [*(low - margin), *(high + margin)], atol=1e-3)
            np.testing.assert_allclose(area, 0.53 * np.prod(box[2:] - box[:2]), rtol=1e-4)
            assert np.isclose(*(given[2:] - given[:2])), 'MPII has squares'


def test_who_is_not_labelled_in_mpii_is_one_of_the_others(synthetic: Path, tmp_path: Path) -> None:
    shutil.copytree(synthetic / 'mpii', tmp_path / 'mpii')
    file = tmp_path / 'mpii/annotations/mpii_val.json'
    people = json.loads(file.read_text())
    hidden = dict(people[0], joints_vis=[0] * 16)
    file.write_text(json.dumps([hidden, *people]))
    source = dict(sources(tmp_path, 'val')['mpii'])
    source['dataset'] = dict(source['dataset'], headbox_file=None)
    pictures = WholePictureDataset(dict(mpii=source), skeleton='mpii', partly_annotated=True)
    sample = pictures.get_data_info(0)
    assert len(sample['others']) == 1 and len(sample['bbox']) == sum(one['image'] == hidden['image'] for one in people)


def test_whether_everyone_is_annotated_may_be_said(synthetic: Path) -> None:
    pictures = WholePictureDataset(dict(coco=dict(sources(synthetic, 'val')['coco'], everyone=False)), skeleton='coco')
    assert pictures.get_data_info(0)['everyone'] is False
    mpii = dict(sources(synthetic, 'val')['mpii'], everyone=False)
    assert len(WholePictureDataset(dict(mpii=mpii), skeleton='mpii', test_mode=True))
    with pytest.raises(ValueError, match="around 'keypoints'"):
        dataset(synthetic, boxes='heads')
    with pytest.raises(ValueError, match="True or False. Got: 'no'"):
        dataset(synthetic, everyone='no')


def test_people_are_not_taken_out_of_pictures(synthetic: Path) -> None:
    coco = sources(synthetic, 'val')['coco']
    with pytest.raises(ValueError, match='indices are of people'):
        dataset(synthetic, dataset=dict(coco['dataset'], indices=3))


def test_keypoints_that_are_not_annotated_are_refused(synthetic: Path) -> None:
    with pytest.raises(ValueError, match='does not annotate .*head_top'):
        WholePictureDataset(dict(coco=sources(synthetic, 'val')['coco']), skeleton='coco+mpii')
