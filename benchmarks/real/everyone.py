"""All people who may be trained on, for the student that comes along: those of train and dev together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from unipose.files import write_json

from .people import DATA

OUT = Path('data/real_everyone')
_DEV = dict(coco='coco', mpii='mpii', lspet='lsp', stanford40='')  # what dev calls the people of a source


def join(arranged: Path = DATA, out: Path = OUT) -> None:
    """Puts the people of both splits into one folder for each source, with ``people.json`` and ``images``.

    Args:
        arranged: What :func:`benchmarks.real.people.arrange` has made.
        out: The folder; what is there is made again.

    Raises:
        FileNotFoundError: If nobody is arranged.
    """
    shutil.rmtree(out, ignore_errors=True)
    for name, dev in _DEV.items():
        parts = [arranged / 'train' / name, *([arranged / 'dev' / dev] if dev else [])]
        whole, *others = (json.loads((part / 'people.json').read_text(encoding='utf-8')) for part in parts)
        for other in others:
            if isinstance(whole, list):  # MPII's
                whole += other
                continue
            for key in ('images', 'annotations'):
                whole[key] += other[key]
        images = out / name / 'images'
        images.mkdir(parents=True)
        write_json(out / name / 'people.json', whole)
        for picture in {picture.resolve() for part in parts for picture in (part / 'images').iterdir()}:
            (images / picture.name).symlink_to(picture)
