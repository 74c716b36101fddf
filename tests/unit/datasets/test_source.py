import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.builders import sources
from unipose.datasets.source import Source
from unipose.skeletons import load_skeleton

UNION = load_skeleton('coco+mpii')


def rows(synthetic: Path) -> dict[str, Any]:
    return json.loads((synthetic / 'coco/annotations/person_keypoints_train2017.json').read_text())


def coco(synthetic: Path, tmp_path: Path, content: dict[str, Any], skeleton: str | None = 'coco') -> Source:
    """The synthetic COCO people, with other annotations."""
    (tmp_path / 'changed.json').write_text(json.dumps(content))
    dataset = dict(sources(synthetic)['coco']['dataset'], ann_file=str(tmp_path / 'changed.json'))
    return Source('coco', dataset, skeleton=skeleton, union=UNION)


def test_each_problem_is_found_whether_or_not_annotations_are_alike(synthetic: Path, tmp_path: Path) -> None:
    content = rows(synthetic)
    first, second, third, fourth = content['annotations'][:4]
    first['keypoints'][:3] = [float('nan'), 5, 2]
    second['keypoints'][:3] = [float('nan'), 5, 0]  # is not annotated
    third['bbox'][0] = float('nan')
    wanted = [f'annotation {first["id"]} of .* nose \\[nan', f'annotation {third["id"]} of .* box \\[nan']
    for others in ([], [f'annotation {fourth["id"]} of .* 48 numbers, not 51']):
        with pytest.raises(ValueError, match=f'{2 + len(others)} problems(.|\n)*' + '(.|\n)*'.join(others + wanted)):
            coco(synthetic, tmp_path, content)
        fourth['keypoints'] = fourth['keypoints'][:48]


def test_a_file_without_people_is_refused(synthetic: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='there is nobody to learn from'):
        coco(synthetic, tmp_path, dict(rows(synthetic), annotations=[]))


def test_a_sample_may_be_changed(synthetic: Path, tmp_path: Path) -> None:
    source = coco(synthetic, tmp_path, rows(synthetic))
    for value in source[0].values():
        if isinstance(value, np.ndarray):
            value[...] = 0
    assert source[0]['bbox'].any() and source[0]['keypoints'].any() and source[0]['area'] > 0
