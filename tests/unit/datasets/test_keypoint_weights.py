import json
from pathlib import Path

import numpy as np
import pytest

from tests.builders import CANVAS, STUDENT, sources
from unipose.datasets.unified_keypoint_dataset import UnifiedKeypointDataset


@pytest.fixture
def scored(synthetic: Path, tmp_path: Path) -> tuple[dict, dict]:
    """A source whose annotations have scores; and the scores by id."""
    source = sources(synthetic)['coco']
    content = json.loads((synthetic / 'coco/annotations/person_keypoints_train2017.json').read_text())
    scores = np.random.default_rng(0).uniform(0.3, 1, (len(content['annotations']), 17)).round(4)
    for annotation, own in zip(content['annotations'], scores.tolist()):
        annotation['keypoint_scores'] = own
    (tmp_path / 'people.json').write_text(json.dumps(content))
    source['dataset']['ann_file'] = str(tmp_path / 'people.json')
    by_id = dict(zip((annotation['id'] for annotation in content['annotations']), scores))
    return dict(source, weights='keypoint_scores'), by_id


def test_labelled_keypoints_weigh_what_they_scored(scored: tuple) -> None:
    source, by_id = scored
    pipeline = [
        dict(type='LoadCheckedImage'),
        dict(type='GetSourceBBoxCenterScale'),
        dict(type='CanvasAffine', input_size=STUDENT, canvas_size=CANVAS),
        dict(type='PackUnifiedInputs'),
    ]
    dataset = UnifiedKeypointDataset(dict(coco=source), pipeline)
    for index in range(3):
        sample = dataset[index, 0]['data_samples']
        weights, visible = sample.gt_instance_labels.keypoint_weights[0], sample.gt_instances.keypoints_visible[0]
        labelled = visible > 0
        np.testing.assert_allclose(weights[labelled], by_id[sample.id][labelled], atol=1e-6)
        assert not weights[~labelled].any() and labelled.any()


def test_annotations_without_weights_are_refused(scored: tuple, synthetic: Path) -> None:
    with pytest.raises(ValueError, match="has None as 'keypoint_scores'; expected are weights of its 17 keypoints"):
        UnifiedKeypointDataset(dict(coco=dict(sources(synthetic)['coco'], weights='keypoint_scores')))
