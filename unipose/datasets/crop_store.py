"""People cut out of their images once, so that training does not decode whole images again and again."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from unipose.files import DamagedImageError
from unipose.files.shard_store import ShardStore
from unipose.files.shards import Shards

FORMATS = ('raw', 'jpeg')
_QUALITY = 95  # of JPEG
_TABLE = np.dtype(
    [
        *[('begin', '<u8'), ('bytes', '<u4'), ('height', '<u2'), ('width', '<u2')],
        *[('left', '<i4'), ('top', '<i4'), ('scale', '<f8'), ('problem', 'S200')],
    ]
)


class Crop(NamedTuple):
    """A part of an image.

    Args:
        image: ``[h, w, 3]``, uint8, BGR.
        left: Column of the image that it begins with.
        top: Row of the image that it begins with.
        scale: Its pixels per pixel of the image, at most 1.
    """

    image: np.ndarray
    left: int
    top: int
    scale: float

    @classmethod
    def cut(cls, image: np.ndarray, region: tuple[int, int, int, int], scale: float) -> Crop:
        """Cuts a region (left, top, right, bottom) out of an image, and shrinks it if the scale is below 1."""
        left, top, right, bottom = region
        part = image[top:bottom, left:right]
        if scale < 1:
            size = [max(round(scale * side), 1) for side in part.shape[1::-1]]
            part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        return cls(part, left, top, min(scale, 1.0))

    def place(self, points: np.ndarray) -> np.ndarray:
        """Pixels of the image ``[..., 2]`` as pixels of the crop."""
        moved = points - np.array([self.left, self.top], points.dtype)
        return ((moved + 0.5) * self.scale - 0.5).astype(points.dtype) if self.scale < 1 else moved


class CropStore(ShardStore):
    """One crop for each sample of a training dataset.

    Crops lie one after the other in the shards ``crops``, as they are (``raw``: they are mapped and not decoded) or as
    JPEG; the shards ``table`` say where, and of which part of the image. A damaged image has no crop but its problem.

    The manifest has, beside the fingerprint, ``num_samples``, ``encoding`` (one of :data:`FORMATS`) and ``shard_size``
    (crops per file).
    """

    what = 'crops'
    tool = 'unipose crops'
    format = 1
    shards_name = 'table'

    def __init__(self, folder: str | Path) -> None:
        super().__init__(folder)
        self.num_samples: int = self.manifest['num_samples']
        self.encoding: str = self.manifest['encoding']
        self.shard_size: int = self.manifest['shard_size']
        self.crops = Shards(self.folder, 'crops')

    @property
    def num_shards(self) -> int:
        """Tables of the whole store."""
        return math.ceil(self.num_samples / self.shard_size)

    def indices(self, shard: int) -> range:
        """The samples of a shard."""
        return range(shard * self.shard_size, min((shard + 1) * self.shard_size, self.num_samples))

    def write(self, shard: int, crops: list[Crop | DamagedImageError]) -> None:
        """Writes the crops of a shard's samples, in order.

        Raises:
            OSError: If they cannot be written.
        """
        table, contents, begin = np.zeros(len(crops), _TABLE), [], 0
        for row, crop in zip(table, crops):
            if isinstance(crop, DamagedImageError):
                row['problem'] = str(crop).encode()
                continue
            content = crop.image.reshape(-1)
            if self.encoding == 'jpeg':
                content = cv2.imencode('.jpg', crop.image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].reshape(-1)
            row['begin'], row['bytes'] = begin, len(content)
            row['height'], row['width'] = crop.image.shape[:2]
            row['left'], row['top'], row['scale'] = crop.left, crop.top, crop.scale
            contents.append(content)
            begin += len(content)
        self.crops.write(shard, np.concatenate([np.zeros(0, np.uint8), *contents]))
        self.shards.write(shard, table)

    def read(self, index: int) -> Crop:
        """The crop of a sample; its image may be mapped, and not be written to.

        Raises:
            DamagedImageError: If the sample's image was damaged.
        """
        shard, place = divmod(index, self.shard_size)
        row = self.shards.open(shard)[place]
        if row['problem']:
            raise DamagedImageError(row['problem'].decode(errors='replace'))
        begin, size = int(row['begin']), int(row['bytes'])
        content = np.asarray(self.crops.open(shard)[begin : begin + size])
        if self.encoding == 'jpeg':
            image = cv2.imdecode(content, cv2.IMREAD_COLOR)
        else:
            image = content.reshape(int(row['height']), int(row['width']), 3)
        return Crop(image, int(row['left']), int(row['top']), float(row['scale']))

    def missing(self) -> list[int]:
        """Numbers of the shards that are not written yet."""
        return sorted({*super().missing(), *(set(range(self.num_shards)) - set(self.crops.numbers()))})

    def files(self) -> list[Path]:
        """All shards."""
        return [*super().files(), *self.crops.numbers().values()]
