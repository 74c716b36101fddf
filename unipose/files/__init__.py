"""Files read with suspicion and written whole."""

from .growing_file import GrowingFile
from .json_file import read_json, read_json_lines, write_json
from .quiet_opencv import quieten_opencv
from .read_image import DamagedImageError, read_image
from .write_file import check_distinct, check_writable, write_file, write_files

__all__ = [
    'DamagedImageError',
    'GrowingFile',
    'check_distinct',
    'check_writable',
    'quieten_opencv',
    'read_image',
    'read_json',
    'read_json_lines',
    'write_file',
    'write_files',
    'write_json',
]
