"""The benchmark's synthetic people: hard ones, seven in COCO's layout to each one in MPII's, in disjoint splits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from unipose.datasets.synthetic import SceneOptions, SyntheticDataset, generate_coco, generate_mpii

HARD = SceneOptions(person_height=(40.0, 200.0), difficulty=0.9, loose_clothes=1.0)
# What is trained on is annotated as if by hand, what is scored exactly. COCO's OKS sigmas are of a click's distance
# from the place, in the plane; along each axis it is 0.7 of that.
CLICKED = replace(HARD, label_noise=0.7)

# seed, options, split of the layout, COCO-style images, MPII-style images; an image shows 1.67 people on average
SPLITS = dict(
    backbone=(1000, CLICKED, 'train', 12000, 0),
    teachers=(2000, CLICKED, 'train', 14000, 8400),
    train=(3000, CLICKED, 'train', 420, 60),
    dev=(4000, HARD, 'val', 1250, 1250),
    test=(5000, HARD, 'val', 1250, 1250),
)


def generate(root: str | Path, split: str) -> dict[str, SyntheticDataset]:
    """Writes one split's people, unless they are there already.

    Args:
        root: Folder of the benchmark's data; the split becomes a folder in it, with ``coco`` and ``mpii``.
        split: One of :data:`SPLITS`.

    Returns:
        What lies there now, by layout.
    """
    seed, options, part, num_coco, num_mpii = SPLITS[split]
    folder, written = Path(root) / split, {}
    if num_coco:
        images = {f'{part}2017': num_coco}
        written['coco'] = generate_coco(folder / 'coco', images, seed, options, progress=True)
    if num_mpii:
        written['mpii'] = generate_mpii(folder / 'mpii', {part: num_mpii}, seed + 1, options, progress=True)
    return written
