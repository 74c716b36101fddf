from pathlib import Path

import numpy as np
import pytest

from tests.halpe_files import body, halpe_file
from unipose.datasets.source import Source
from unipose.skeletons import load_skeleton

UNION = load_skeleton('coco+mpii')


def source(file: str, **changes: object) -> Source:
    root = Path(file).parent
    (root / 'val2017').mkdir(exist_ok=True)
    dataset = dict(type='HalpeBodyDataset', data_root=str(root), ann_file=Path(file).name)
    dataset['data_prefix'] = dict(img='val2017/')
    options = dict(skeleton='halpe26', union=UNION, partial=True, substitutes=dict(hip='pelvis'), test_mode=True)
    return Source('halpe', dataset, **(options | changes))


@pytest.mark.parametrize('number', [26, 136])
def test_people_come_in_the_unions_keypoints(tmp_path: Path, number: int) -> None:
    person = body(nose=(10, 11), hip=(20, 21, 1), head_top=(30, 31), left_heel=(40, 41))
    (one,) = source(halpe_file(tmp_path / 'halpe.json', [dict(keypoints=person)], number))
    labelled = {
        UNION.names[index]: one['keypoints'][0, index].tolist() for index in np.flatnonzero(one['keypoints_visible'][0])
    }
    assert labelled == dict(nose=[10, 11], pelvis=[20, 21], head_top=[30, 31])
    assert one['img_path'].endswith('val2017/000000000001.jpg') and one['bbox'].tolist() == [[0, 0, 100, 100]]


def test_who_has_a_hip_of_their_own_keeps_it(tmp_path: Path) -> None:
    union = load_skeleton('coco+mpii+halpe26')
    (one,) = source(halpe_file(tmp_path / 'halpe.json', [dict(keypoints=body(hip=(20, 21)))]), union=union)
    assert np.flatnonzero(one['keypoints_visible'][0]).tolist() == [union.index('hip')]


def test_people_without_a_labelled_body_are_left_out(tmp_path: Path) -> None:
    people = [
        dict(keypoints=None),
        dict(keypoints=np.zeros((26, 3))),
        dict(keypoints=body(nose=(5, 5)), num_keypoints=0),
    ]
    assert [one['id'] for one in source(halpe_file(tmp_path / 'halpe.json', people))] == [3]


def test_all_of_halpe_is_not_in_the_union(tmp_path: Path) -> None:
    file = halpe_file(tmp_path / 'halpe.json', [dict(keypoints=body(nose=(5, 5)))])
    with pytest.raises(ValueError, match=r"(?s)source 'halpe' cannot be mapped.*\['left_big_toe', "):
        source(file, partial=False)
    with pytest.raises(FileNotFoundError, match='is not in place, missing: ann_file .*none.json'):
        source(str(tmp_path / 'none.json'))


def test_a_file_of_another_dataset_is_refused(tmp_path: Path) -> None:
    file = halpe_file(tmp_path / 'halpe.json', [dict(keypoints=np.ones((26, 3)))], number=133)
    with pytest.raises(ValueError, match=r'annotation 1 of .*: 399 numbers, not 78 \(26 keypoints\) or 408 \(136\)'):
        source(file)
