"""Runs an exported student with NumPy, OpenCV and onnxruntime; loads neither torch nor MMPose.

from unipose.runtime import OnnxInferencer

inferencer = OnnxInferencer('student.onnx', 'rtmdet.onnx')
for person in inferencer('photo.jpg'):
    print(person.bbox, person.keypoints, person.scores)
"""

from unipose.files.onnx.metadata import skeleton_of_file

from .onnx_inferencer import OnnxInferencer
from .onnx_person_detector import OnnxPersonDetector
from .onnx_pose_estimator import OnnxPoseEstimator

__all__ = ['OnnxInferencer', 'OnnxPersonDetector', 'OnnxPoseEstimator', 'skeleton_of_file']
