"""Label Studio's own JSON: keypoints with names, and rectangles that people's keypoints belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from unipose.compat.oks_evaluation import AREA_PER_BOX
from unipose.files import DamagedImageError, read_json
from unipose.files.coco_person import coco_person
from unipose.files.read_image_size import read_image_size
from unipose.skeletons import Skeleton
from unipose.skeletons.plain_name import plain_name

from .converted import Converted
from .label_studio_image import find_image
from .label_studio_people import Named, Shapes, people_of

_ANOTHER_SHAPE = 0.01  # relative; sizes are rounded where a picture was shrunk


def read_label_studio(file: Path, skeleton: Skeleton, images: Path) -> Converted:
    """Reads an export of the kind JSON.

    Of a task's annotations one is read: the ground truth, else the one that was changed last; not skipped ones. A
    keypoint belongs to its parent, or to the rectangle that a relation connects it with; where neither is said, to the
    only person of the picture. Who has no rectangle gets the smallest box around their keypoints. Names go by
    :func:`unipose.skeletons.plain_name.plain_name`. All keypoints are visible (v = 2): Label Studio does not say which
    are hidden. Areas are 0.53 of the box's.

    Args:
        file: The export.
        skeleton: The keypoints.
        images: Folder of the images, which are looked for by the names that tasks say.

    Raises:
        FileNotFoundError: If the export or the folder is missing.
        ValueError: If it is no such export, has keypoints that the skeleton does not, or nobody can be converted.
    """
    if not images.is_dir():
        raise FileNotFoundError(f'no image folder {images}')
    left_out: Counter[str] = Counter()
    pictures: list[dict[str, Any]] = []
    found: list[tuple[dict[str, Any], np.ndarray | None, Named]] = []
    for task in _read_tasks(file):
        shapes = _shapes(task, left_out)
        picture = shapes and _picture(task, shapes, images, left_out)
        if picture:
            pictures.append(dict(id=len(pictures) + 1, **picture))
            found += [(pictures[-1], *person) for person in people_of(shapes, left_out)]
    places = _places(file, skeleton, [named for _, _, named in found])
    annotations: list[dict[str, Any]] = []
    without_box = 0
    for picture, box, named in found:
        size = np.array([picture['width'], picture['height']])
        keypoints = np.zeros((len(skeleton), 3))
        for name, place in named.items():
            keypoints[places[name]] = (*place * size, 2)
        corners = _smallest(keypoints) if box is None else box * size
        if corners is None:
            left_out['people without a rectangle whose keypoints span none'] += 1
            continue
        without_box += box is None
        person = coco_person(np.concatenate([corners[0], corners[1] - corners[0]]), keypoints)
        annotations.append(dict(id=len(annotations) + 1, image_id=picture['id'], category_id=1, iscrowd=0, **person))
    if not annotations:
        why = ', '.join(f'{count} {what}' for what, count in left_out.items())
        raise ValueError(f'{file}: no person could be converted; left out: {why or "nothing"}')
    notes = [f'area is {AREA_PER_BOX} of the box: Label Studio has none']
    if without_box:
        notes.append(
            f'{without_box} people have no rectangle: their box is the smallest around their keypoints. COCO would '
            'have them 1.2 times as long, so give this source padding=1.5'  # median of 179 of its people
        )
    content = dict(categories=[_category(skeleton)], images=pictures, annotations=annotations)
    return Converted(content, images, left_out, notes)


def _read_tasks(file: Path) -> list[Mapping[str, Any]]:
    if not file.is_file():
        raise FileNotFoundError(f'no file {file}; name an export of Label Studio')
    content = read_json(file, 'name an export of Label Studio as JSON')
    tasks = content if isinstance(content, list) else []
    if not tasks or not all(isinstance(task, Mapping) and isinstance(task.get('annotations'), list) for task in tasks):
        raise ValueError(
            f'{file} must be a list of tasks with annotations, as Label Studio exports them as JSON; JSON-MIN, CSV and '
            'its COCO, which makes one person of all people of a picture, will not do'
        )
    return tasks


def _places(file: Path, skeleton: Skeleton, people: Iterable[Named]) -> dict[str, int]:
    """Places in the skeleton of all names that people's keypoints have."""
    known = {plain_name(name): i for names in (skeleton.names, skeleton.published) for i, name in enumerate(names)}
    names = Counter(name for named in people for name in named)
    unknown = {name: count for name, count in names.items() if plain_name(name) not in known}
    if unknown:
        raise ValueError(
            f'{file} has keypoints that skeleton {skeleton.name!r} has not: '
            f'{", ".join(f"{name!r} ({count} times)" for name, count in unknown.items())}; the skeleton has '
            f'{list(skeleton.names)}. Name a skeleton of these names, or write one'
        )
    return {name: known[plain_name(name)] for name in names}


def _category(skeleton: Skeleton) -> dict[str, Any]:
    links = [[start + 1, end + 1] for start, end in skeleton.link_indices]
    return dict(id=1, name='person', supercategory='person', keypoints=list(skeleton.published), skeleton=links)


def _shapes(task: Mapping[str, Any], left_out: Counter[str]) -> Shapes | None:
    """Rectangles and keypoints of the annotation to read; None where there is none."""
    done = [one for one in task['annotations'] if not one.get('was_cancelled')]
    if not done:
        left_out['tasks without an annotation, or skipped'] += 1
        return None
    if len(done) > 1:
        left_out['further annotations of tasks that have several'] += len(done) - 1
    last = max(done, key=lambda one: (bool(one.get('ground_truth')), str(one.get('updated_at') or '')))
    try:
        return Shapes.of(last.get('result') or [], left_out)
    except (KeyError, TypeError) as error:
        what = f'lacks {error}' if isinstance(error, KeyError) else f'has something of another kind: {error}'
        raise ValueError(f'task {task.get("id")}: a rectangle, keypoint or relation {what}') from error


def _picture(task: Mapping[str, Any], shapes: Shapes, folder: Path, left_out: Counter[str]) -> dict[str, Any] | None:
    """COCO's entry of a task's image, without id; None where there is none."""
    path = find_image(task, folder)
    if path is None:
        left_out[f'tasks whose image is not in {folder}'] += 1
        return None
    try:
        width, height = read_image_size(path)
    except DamagedImageError:
        left_out['tasks whose image cannot be read'] += 1
        return None
    if shapes.turned:
        left_out['tasks whose image was turned in Label Studio'] += 1
        return None
    if any(abs(shown[0] * height - shown[1] * width) > _ANOTHER_SHAPE * shown[0] * height for shown in shapes.sizes):
        left_out['tasks whose image has another shape than the one that was labelled'] += 1
        return None
    return dict(file_name=path.relative_to(folder).as_posix(), width=width, height=height)


def _smallest(keypoints: np.ndarray) -> np.ndarray | None:
    """Corners ``[2, 2]`` of the smallest box around labelled keypoints ``[K, 3]``; None where that has no area."""
    labelled = keypoints[keypoints[:, 2] > 0, :2]
    return np.stack([labelled.min(0), labelled.max(0)]) if len(labelled) and np.ptp(labelled, 0).all() else None
