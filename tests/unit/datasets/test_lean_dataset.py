import copy
import json
import pickle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from mmengine.dataset import BaseDataset
from mmpose.datasets import CocoDataset
from mmpose.datasets.datasets.base import base_coco_style_dataset
from mmpose.registry import DATASETS

from tests.builders import sources
from unipose.datasets import lean_dataset
from unipose.datasets.lean_dataset import USED, build_lean
from unipose.files.coco import AnnotationError


@pytest.mark.parametrize('name', ['coco', 'mpii'])
def test_it_keeps_what_is_used_as_it_is(synthetic: Path, name: str) -> None:
    config = sources(synthetic)[name]['dataset']
    whole, lean = DATASETS.build(config), build_lean(config)
    assert type(lean) is type(whole) and len(lean) == len(whole)
    for index in range(len(whole)):
        expected, found = (BaseDataset.get_data_info(dataset, index) for dataset in (whole, lean))
        added = {'annotated_shape'} if name == 'coco' else set()
        assert set(found) == {*(set(USED) & set(expected)), 'sample_idx', *added}
        for key in found.keys() - added:
            value = found[key]
            np.testing.assert_array_equal(value, expected[key])
    assert len(pickle.loads(pickle.dumps(lean))) == len(whole)  # workers that are not forked get it so


def test_annotations_are_not_kept_with_their_outlines(synthetic: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = []
    watched = SimpleNamespace(copy=copy.copy, deepcopy=lambda one: copied.append(one) or copy.deepcopy(one))
    monkeypatch.setattr(base_coco_style_dataset, 'copy', watched)
    monkeypatch.setattr(lean_dataset, 'reads_coco_people', lambda *_: False)  # MMPose has to
    build_lean(sources(synthetic)['coco']['dataset'])
    raw = [one for one in copied if isinstance(one, dict) and 'keypoints' in one and 'image_id' in one]
    assert raw and not any('segmentation' in one for one in raw)


@pytest.mark.parametrize('name', ['coco', 'mpii'])
def test_it_takes_a_third_of_the_memory(synthetic: Path, name: str) -> None:
    config = sources(synthetic)[name]['dataset']
    whole, lean = DATASETS.build(config), build_lean(config)
    assert lean.data_list.nbytes < min(whole.data_bytes.nbytes / 2, 450 * len(lean))


def test_a_dataset_that_reads_annotations_itself_gets_them_whole(synthetic: Path) -> None:
    seen = []

    @DATASETS.register_module()
    class ReadsOutlines(CocoDataset):
        def parse_data_info(self, raw_data_info: dict) -> dict | None:
            seen.append(raw_data_info['raw_ann_info']['segmentation'])
            return super().parse_data_info(raw_data_info)

    build_lean(dict(sources(synthetic)['coco']['dataset'], type='ReadsOutlines'))
    DATASETS.module_dict.pop('ReadsOutlines')
    assert seen


@pytest.mark.parametrize(
    ('values', 'said'),
    [
        (dict(scale=0), 'annotation 2 of .*: center .*, scale 0'),
        (dict(scale='1'), "entry 2: has scale '1', which must be a number"),
        (dict(scale=None), 'entry 2: lacks scale'),
        (dict(scale=1e30), 'annotation 2 of .*: center .*, scale 1e'),
        (dict(center=['1', '2']), 'annotation 2 of .*: center ..1'),
        (dict(joints_vis=['1'] * 16), "annotation 2 of .*: joints_vis is 0 or 1: right_ankle '1'"),
        (dict(joints_vis=[2] * 16), 'annotation 2 of .*: joints_vis is 0 or 1: right_ankle 2'),
        (dict(joints=[[float('nan'), 1]] * 16), r'annotation 2 of .*: joints are x, y: right_ankle \[nan, 1\]'),
        (dict(joints=None), 'entry 2: lacks joints'),
    ],
)
def test_entries_of_mpii_that_mmpose_takes_for_something_else_are_refused(
    synthetic: Path, tmp_path: Path, values: dict, said: str
) -> None:
    config = sources(synthetic)['mpii']['dataset']
    content = json.loads((synthetic / 'mpii' / config['ann_file']).read_text())
    content[2].update(values)
    (tmp_path / 'mpii.json').write_text(json.dumps(content))
    with pytest.raises(AnnotationError, match=f'cannot be used, 1 problem:\n  - {said}'):
        build_lean(dict(config, ann_file=str(tmp_path / 'mpii.json')))
