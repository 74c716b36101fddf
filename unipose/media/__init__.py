"""Images and videos: found, read, written and shown. Loads no torch."""

from .inputs import InputError, Inputs, list_images, list_inputs
from .kinds import is_live, is_video
from .outputs import output_stems, prepare_output_file, prepare_output_folder
from .picture_files import encode_picture
from .screen import Screen
from .video import Frame, VideoReader, VideoWriter

__all__ = [
    'Frame',
    'InputError',
    'Inputs',
    'VideoReader',
    'VideoWriter',
    'Screen',
    'encode_picture',
    'is_live',
    'is_video',
    'list_images',
    'list_inputs',
    'output_stems',
    'prepare_output_file',
    'prepare_output_folder',
]
