"""Inference on images: what the demo script and an importing program share.

from unipose.inference import PoseInferencer

inferencer = PoseInferencer('configs/distill_small.py', 'work_dirs/distill_small/epoch_420.pth')
for person in inferencer('photo.jpg', boxes=[[40, 30, 200, 420]]):
    print(person.bbox, person.keypoints, person.scores)
"""

from unipose import compat

compat.apply()

from .image_files import (  # noqa: E402
    InputError,
    list_images,
    list_inputs,
    output_stems,
    prepare_output_file,
    prepare_output_folder,
)
from .person import Person, describe, frame_to_json, people_to_json  # noqa: E402
from .person_detector import PersonDetector  # noqa: E402
from .pose_inferencer import PoseInferencer  # noqa: E402
from .results import CocoResults, KeypointTable  # noqa: E402
from .smoothing import PeopleSmoother  # noqa: E402
from .teacher_inferencers import teacher_inferencers  # noqa: E402
from .video import VideoReader, VideoWriter, is_video  # noqa: E402
from .window import Window  # noqa: E402

__all__ = [
    'CocoResults',
    'InputError',
    'KeypointTable',
    'PeopleSmoother',
    'Person',
    'PersonDetector',
    'PoseInferencer',
    'VideoReader',
    'VideoWriter',
    'Window',
    'describe',
    'frame_to_json',
    'is_video',
    'list_images',
    'list_inputs',
    'output_stems',
    'people_to_json',
    'prepare_output_file',
    'prepare_output_folder',
    'teacher_inferencers',
]
