"""Real people in three splits: who trains, who chooses recipes and calibrates (dev), and who judges (test)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.io import savemat

from unipose.files import write_json

DATA = Path('data/real_people')
SET_ASIDE = 10  # of MPII's and LSPET's training pictures, each tenth is dev's
_HEAD_TOP, _UPPER_NECK = 9, 8  # places of MPII's joints in a file of it
_HEAD_BIAS = 0.6  # PCKh's head size is 0.6 times the diagonal of its box

Content = Any


def arrange(people: Path, coco_dev: Path, out: Path = DATA) -> None:
    """Arranges people as `configs/real_people` names them: annotations by split, and links to folders of pictures.

    A split has the folders of its sources, each with ``people.json`` and ``images``. What is there already of the same
    folders is left as it is: runs may be reading it.

    Args:
        people: Folder with ``coco``, ``mpii``, ``lsp``, ``lspet`` and ``stanford40``.
        coco_dev: Folder in COCO's layout whose pictures are in none of the others; its people are dev's.
        out: The folder that they are arranged in.

    Raises:
        FileNotFoundError: If a file is missing.
    """
    coco, made_of = people / 'coco', dict(people=str(people), coco_dev=str(coco_dev), set_aside=SET_ASIDE)
    stamp = out / 'made_of.json'
    if stamp.is_file() and _read(stamp) == made_of:
        return
    shutil.rmtree(out, ignore_errors=True)
    for split, part in (('train', 'train2017'), ('test', 'val2017')):
        _put(out / split / 'coco', _read(coco / f'annotations/person_keypoints_{part}.json'), coco / part)
    _put(out / 'dev/coco', _joined(coco_dev, ('train2017', 'val2017')), coco_dev)

    mpii = people / 'mpii'
    entries = _read(mpii / 'annotations/mpii_train.json')
    aside = _each_tenth(entry['image'] for entry in entries)
    _put(out / 'train/mpii', [entry for entry in entries if entry['image'] not in aside], mpii / 'images')
    dev = [entry for entry in entries if entry['image'] in aside]
    _put(out / 'dev/mpii', dev, mpii / 'images')
    savemat(out / 'dev/mpii/heads.mat', dict(headboxes_src=_head_boxes(dev)))
    _put(out / 'test/mpii', _read(mpii / 'annotations/mpii_val.json'), mpii / 'images')
    shutil.copyfile(mpii / 'annotations/mpii_gt_val.mat', out / 'test/mpii/heads.mat')

    lspet = _read(people / 'lspet/annotations/train.json')
    aside = _each_tenth(image['id'] for image in lspet['images'])
    _put(out / 'train/lspet', _some(lspet, lambda image: image not in aside), people / 'lspet/images')
    _put(out / 'dev/lsp', _some(lspet, lambda image: image in aside), people / 'lspet/images')
    _put(out / 'test/lsp', _read(people / 'lsp/annotations/dev.json'), people / 'lsp/images')
    _put(out / 'train/stanford40', _read(people / 'stanford40/people.json'), people / 'stanford40/images')
    write_json(stamp, made_of)


def _put(folder: Path, content: Content, images: Path) -> None:
    if not images.is_dir():
        raise FileNotFoundError(f'no folder of pictures {images}')
    folder.mkdir(parents=True)
    write_json(folder / 'people.json', content)
    (folder / 'images').symlink_to(images.resolve())


def _read(file: Path) -> Content:
    return json.loads(file.read_text(encoding='utf-8'))


def _each_tenth(images: Any) -> set[Any]:
    return set(sorted(set(images))[::SET_ASIDE])


def _some(content: Mapping[str, Any], wanted: Callable[[int], bool]) -> Content:
    """The people of some pictures of a file in COCO's format."""
    return dict(
        content,
        images=[image for image in content['images'] if wanted(image['id'])],
        annotations=[person for person in content['annotations'] if wanted(person['image_id'])],
    )


def _joined(coco: Path, parts: tuple[str, ...]) -> Content:
    """The people of both parts of COCO as one file; names of pictures begin with their part's."""
    contents = {part: _read(coco / f'annotations/person_keypoints_{part}.json') for part in parts}
    return dict(
        images=[
            dict(image, file_name=f'{part}/{image["file_name"]}')
            for part, content in contents.items()
            for image in content['images']
        ],
        annotations=[person for content in contents.values() for person in content['annotations']],
        categories=contents[parts[0]]['categories'],
    )


def _head_boxes(entries: list[Mapping[str, Any]]) -> np.ndarray:
    """Head boxes ``[2, 2, N]``, of which PCKh's head is as long as head_top is from upper_neck; 0 where unknown."""
    joints = np.array([entry['joints'] for entry in entries], float)
    known = np.array([entry['joints_vis'] for entry in entries])[:, [_HEAD_TOP, _UPPER_NECK]].all(1)
    lengths = np.linalg.norm(joints[:, _HEAD_TOP] - joints[:, _UPPER_NECK], axis=-1) * known
    boxes = np.zeros((2, 2, len(entries)))
    boxes[1] = lengths / _HEAD_BIAS / 2**0.5
    return boxes
