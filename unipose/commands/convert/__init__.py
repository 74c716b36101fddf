"""Annotations of other tools, written in COCO's format."""

from .converted import Converted
from .label_studio import read_label_studio
from .yolo import read_yolo

__all__ = ['Converted', 'read_label_studio', 'read_yolo']
