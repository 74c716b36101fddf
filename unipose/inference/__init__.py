"""Inference on images: what the demo script and an importing program share.

from unipose.inference import PoseInferencer

inferencer = PoseInferencer('configs/distill_small.py', 'work_dirs/distill_small/epoch_420.pth')
for person in inferencer('photo.jpg', boxes=[[40, 30, 200, 420]]):
    print(person.bbox, person.keypoints, person.scores)
"""

from unipose import compat

compat.apply()

from .load_inferencer import load_inferencer  # noqa: E402
from .person_detector import PersonDetector  # noqa: E402
from .picture_inferencer import PictureInferencer  # noqa: E402
from .pose_inferencer import PoseInferencer  # noqa: E402
from .teacher_inferencers import teacher_inferencers  # noqa: E402

__all__ = ['PersonDetector', 'PictureInferencer', 'PoseInferencer', 'load_inferencer', 'teacher_inferencers']
