"""Images and videos: found, read, written and shown. Loads no torch."""

from .image_files import (
    InputError,
    list_images,
    list_inputs,
    output_stems,
    prepare_output_file,
    prepare_output_folder,
)
from .video import VideoReader, VideoWriter, is_video
from .window import Window

__all__ = [
    'InputError',
    'VideoReader',
    'VideoWriter',
    'Window',
    'is_video',
    'list_images',
    'list_inputs',
    'output_stems',
    'prepare_output_file',
    'prepare_output_folder',
]
