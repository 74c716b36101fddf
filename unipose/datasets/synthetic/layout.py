"""What all layouts share: one generator per image, a folder that appears whole, a stamp that says what it holds."""

import json
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from unipose.files import read_json

from .scene import SceneOptions, SyntheticPerson, render_scene

STAMP = 'synthetic.json'
VERSION = 1  # raise when the same seed gives other images or annotations
JPEG_QUALITY = 92
_PARTIAL = '.synthetic_partial'


WriteSplit = Callable[[Path, str, int, int, SceneOptions, bool], int]
"""From a root, a split, its number of images, the seed, the options and whether to show progress, to its people."""


@dataclass(frozen=True)
class SyntheticDataset:
    """A dataset on disk: where, how many people in each split, and what it took (0 seconds if it was there)."""

    root: Path
    num_images: dict[str, int]
    num_persons: dict[str, int]
    generated: bool
    seconds: float


def image_generator(seed: int, layout: str, split: str, index: int) -> np.random.Generator:
    """The generator of one image; it depends on nothing but these four."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(f'{layout}/{split}'.encode()), index]))


def render_split(
    folder: Path,
    layout: str,
    split: str,
    file_names: list[str],
    seed: int,
    options: SceneOptions,
    progress: bool,
) -> Iterator[tuple[int, list[SyntheticPerson]]]:
    """Render a split's images into a folder and yield each image's index and people."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(tqdm(file_names, desc=f'{layout} {split}', unit='image', disable=not progress)):
        image, persons = render_scene(image_generator(seed, layout, split, index), options)
        _, encoded = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        (folder / name).write_bytes(encoded.tobytes())
        yield index, persons


def write_dataset(
    out_dir: str | Path,
    layout: str,
    num_images: dict[str, int],
    known_splits: tuple[str, ...],
    seed: int,
    options: SceneOptions | None,
    progress: bool,
    write_split: WriteSplit,
) -> SyntheticDataset:
    """Write a dataset once: reuse one made with the same inputs, refuse to touch anything else.

    Args:
        out_dir: The dataset's root.
        layout: Name of the layout.
        num_images: Images per split.
        known_splits: The splits the layout has.
        seed: Seed of the whole dataset.
        options: What the images look like; by default as :class:`SceneOptions` has it.
        progress: Show a progress bar.
        write_split: Writes a split's annotations and images into the folder and returns how many people they show.

    Returns:
        What lies in ``out_dir`` now.

    Raises:
        ValueError: For an unknown split or a negative number, or when ``out_dir`` holds other data.
    """
    wrong = {split: number for split, number in num_images.items() if split not in known_splits or number < 1}
    if wrong or not num_images:
        raise ValueError(f'num_images maps some of {known_splits} to at least 1 image each. Got: {num_images}')
    if seed < 0:
        raise ValueError(f'seed must be 0 or greater. Got: {seed}')
    root, options = Path(out_dir), options or SceneOptions()
    made_with = {
        'layout': layout,
        'version': VERSION,
        'seed': seed,
        'num_images': num_images,
        'options': asdict(options),
    }
    made_with = json.loads(json.dumps(made_with))
    if (root / STAMP).is_file():
        stamp = read_json(root / STAMP, 'remove the folder: it is made anew')
        known = stamp.get('made_with', {})  # an older generator did not know every option
        known['options'] = asdict(SceneOptions()) | known.get('options', {})
        if json.loads(json.dumps(known)) != made_with:
            raise ValueError(
                f'{root} holds a synthetic dataset made with {stamp.get("made_with")}, asked for {made_with}. '
                'Choose another folder, or remove this one.'
            )
        return SyntheticDataset(root, dict(num_images), stamp['num_persons'], generated=False, seconds=0.0)
    foreign = [name for name in ('annotations', 'images', *known_splits) if (root / name).exists()]
    if foreign:
        raise ValueError(
            f'{root} already holds {foreign} that this generator did not write (there is no {STAMP}). '
            'Choose another folder, or remove them.'
        )

    begin = time.perf_counter()
    partial = root / _PARTIAL  # an interrupted run leaves nothing that looks like a dataset
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        num_persons = {
            split: write_split(partial, split, count, seed, options, progress) for split, count in num_images.items()
        }
        for entry in sorted(partial.iterdir()):
            entry.rename(root / entry.name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    stamp = {'made_with': made_with, 'num_persons': num_persons}
    (root / STAMP).write_text(json.dumps(stamp, indent=2) + '\n', encoding='utf-8')
    return SyntheticDataset(root, dict(num_images), num_persons, True, time.perf_counter() - begin)


def write_annotations(path: Path, content: object) -> None:
    """Writes annotations as JSON, creating the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding='utf-8')
