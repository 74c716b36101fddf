"""Small videos for tests, of any suffix that OpenCV's own writer knows."""

from pathlib import Path

import cv2
import numpy as np

_CODECS = {
    **dict.fromkeys(('.avi',), 'MJPG'),
    **dict.fromkeys(('.mpg', '.ts', '.mts'), 'mpg2'),
    **dict.fromkeys(('.webm', '.mkv'), 'VP80'),
    '.wmv': 'WMV2',
    '.flv': 'FLV1',
}


def noise(width: int = 160, height: int = 120) -> np.ndarray:
    """A picture whose parts do not look alike."""
    small = np.random.default_rng(0).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)


def write_film(path: Path, frames: int, size: tuple[int, int] = (160, 120)) -> Path:
    """A video of ten frames a second in which a picture wanders."""
    codec = cv2.VideoWriter_fourcc(*_CODECS.get(path.suffix.lower(), 'mp4v'))
    writer = cv2.VideoWriter(str(path), codec, 10.0, size)
    assert writer.isOpened()
    for number in range(frames):
        writer.write(np.roll(noise(*size), 3 * number, axis=1))
    writer.release()
    return path


def damage(path: Path, share: float = 1 / 3, size: int = 400) -> Path:
    """Writes rubbish over some of a file's bytes."""
    content = bytearray(path.read_bytes())
    start = int(len(content) * share)
    content[start : start + size] = np.random.default_rng(0).bytes(size)
    path.write_bytes(content)
    return path


def cut(path: Path, share: float = 0.5) -> Path:
    """Leaves the first part of a file."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path
