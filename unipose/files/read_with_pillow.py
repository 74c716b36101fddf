"""Reads pictures that OpenCV cannot: those of Pillow's own formats, and of the plug-ins for it that are installed."""

from __future__ import annotations

import contextlib
import importlib
import io
from functools import cache

import numpy as np

# What OpenCV lacks, or takes with less than it says: it leaves AVIF as it lies. Not all that Pillow opens: some of its
# formats start other programs (EPS) or have no signature that would tell them from rubbish (TGA).
_FORMATS = ('AVIF', 'DIB', 'HEIF', 'JPEG2000', 'JXL')
_PLUG_INS = ('pillow_heif', 'pi_heif', 'pillow_avif', 'pillow_jxl')
_AVIF = (b'ftypavif', b'ftypavis')
# how a file starts that needs one: the brands of HEIF, JPEG XL bare and in a box
_NEEDS = {
    'pillow-heif': (b'ftypheic', b'ftypheix', b'ftypheim', b'ftypheis', b'ftyphevc', b'ftypmif1', b'ftypmsf1'),
    'pillow-jxl-plugin': (b'JXL \r\n', b'\xff\x0a'),
    'pillow-avif-plugin': _AVIF,
}


@cache
def register_plug_ins() -> None:
    """Lets Pillow read what the installed plug-ins can, such as pillow-heif for a phone's HEIC."""
    for name in _PLUG_INS:
        with contextlib.suppress(ImportError):
            plug_in = importlib.import_module(name)  # those of AVIF and JPEG XL need no more
            if hasattr(plug_in, 'register_heif_opener'):
                plug_in.register_heif_opener()


def is_avif(content: bytes) -> bool:
    """Whether it starts as an AVIF does."""
    return content[4:12] in _AVIF


def plug_in_for(content: bytes) -> str | None:
    """The package that a picture which starts so may need beside Pillow; None of other files."""
    starts = content[4:12], content[4:10], content[:2]
    return next((package for package, known in _NEEDS.items() if any(start in known for start in starts)), None)


def read_with_pillow(content: bytes) -> np.ndarray | None:
    """Decodes a picture as people see it.

    Args:
        content: Of the file.

    Returns:
        ``[H, W, 3]``, uint8, BGR; None where it is of no format that is read this way, damaged, or Pillow is missing.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError:  # which the runtime does not ask for
        return None
    register_plug_ins()
    Image.init()
    try:
        with Image.open(io.BytesIO(content), formats=[name for name in _FORMATS if name in Image.OPEN]) as image:
            shown = ImageOps.exif_transpose(image).convert('RGB')
    except MemoryError:
        raise
    except Exception:  # a decoder's own kinds; what is damaged is told by who asked
        return None
    return np.ascontiguousarray(np.asarray(shown)[..., ::-1])
