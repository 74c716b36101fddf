"""Synthetic people in place of your photographs, COCO's and MPII's; yours are annotated with hands and feet."""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
from tqdm import trange

import unipose.registration  # noqa: F401
from unipose.commands.demo import generate_people
from unipose.datasets.synthetic import SceneOptions, SyntheticPerson, render_scene
from unipose.datasets.synthetic.layout import STAMP
from unipose.skeletons import load_skeleton

HERE = Path(__file__).parent
KEYPOINTS = load_skeleton(HERE / 'skeleton.py').names
POINTS = [name.replace('big_toe', 'toe') for name in KEYPOINTS]  # as the generator calls them
LOOKS = SceneOptions(image_size=(144, 256), max_persons=1, person_height=(220, 250), difficulty=0.1)


def write_split(split: str, num_images: int, seed: int) -> None:
    """Writes images, and their annotations in COCO's format."""
    images, annotations = [], []
    (HERE / 'data' / split).mkdir(parents=True, exist_ok=True)
    for number in trange(1, num_images + 1, desc=split):
        image, people = render_scene(np.random.default_rng([seed, number]), LOOKS)
        name = f'{number:06d}.jpg'
        cv2.imwrite(str(HERE / 'data' / split / name), image)
        images.append(dict(id=number, file_name=name, width=image.shape[1], height=image.shape[0]))
        annotations += [annotation(person, number) for person in people]
    person = dict(id=1, name='person', keypoints=KEYPOINTS)
    content = dict(images=images, annotations=annotations, categories=[person])
    (HERE / 'data' / f'{split}.json').write_text(json.dumps(content))


def annotation(person: SyntheticPerson, number: int) -> dict:
    """One person in COCO's format; what is outside the image is 0, 0, 0."""
    xy, visibility = person.select(POINTS)
    keypoints = np.column_stack([xy.round(2), visibility]) * (visibility > 0)[:, None]  # [K, 3]
    return dict(
        id=number,
        image_id=number,
        category_id=1,
        iscrowd=0,
        bbox=[float(value) for value in cv2.boundingRect(person.silhouette)],
        area=float(person.silhouette.sum()),
        keypoints=keypoints.ravel().tolist(),
        num_keypoints=int((visibility > 0).sum()),
    )


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--train', type=int, default=800, help='images of COCO and MPII each, twice as many of yours')
    parser.add_argument('--val', type=int, default=300, help='validation images of each')
    args = parser.parse_args()
    try:
        generate_people('data/demo', args.train, args.val, seed=1)  # as `make demo` writes them
    except ValueError as error:  # other people are there
        parser.error(str(error))
    write_split('train', 2 * args.train, seed=3)
    write_split('val', args.val, seed=4)
    (HERE / 'data' / STAMP).write_text(json.dumps(vars(args)))  # says that these people are synthetic
