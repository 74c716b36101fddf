"""How large an image is, without decoding it."""

from __future__ import annotations

import contextlib
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from .read_image import DamagedImageError, open_error, read_image
from .read_with_pillow import register_plug_ins

_ORIENTATION = 0x0112  # of EXIF
_SIDEWAYS = (5, 6, 7, 8)


def read_image_size(path: str | Path) -> tuple[int, int]:
    """Width and height of an image as :func:`unipose.files.read_image` returns it, turned as EXIF says.

    Args:
        path: The file, of which the first bytes are read.

    Raises:
        DamagedImageError: If the file is missing or no image; the message starts with its path.
        OSError: If the machine is why it cannot be read; the message says what to do.
    """
    register_plug_ins()
    try:
        with Image.open(path) as image:
            size, sideways = image.size, _is_sideways(image)
    except UnidentifiedImageError:  # OpenCV takes some more, such as HDR
        return read_image(path).shape[1::-1]
    except (Image.DecompressionBombError, ValueError) as error:
        raise DamagedImageError(f'{path}: not an image, damaged, or of a format that cannot be read') from error
    except OSError as error:
        if error.errno is None:  # Pillow's own
            raise DamagedImageError(f'{path}: {error}') from error
        raise open_error(path, error) from error
    return size[::-1] if sideways else size


def _is_sideways(image: Image.Image) -> bool:
    """Whether it is stored on its side; Pillow turns TIFF's size itself."""
    if 'exif' in image.info:  # else getexif() would decode all of a PNG
        with contextlib.suppress(Exception):  # whatever broken EXIF raises: OpenCV passes it over, too
            return image.getexif().get(_ORIENTATION) in _SIDEWAYS
    return False
