"""Ultralytics' pose datasets, read as annotations in COCO's format."""

from .as_coco import YoloPose, read_yolo_pose
from .data_yaml import DataYaml

__all__ = ['DataYaml', 'YoloPose', 'read_yolo_pose']
