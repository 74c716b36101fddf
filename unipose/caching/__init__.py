"""Teacher targets on disk, and the transform that puts them into a sample."""

from .load_teacher_targets import LoadTeacherTargets
from .target_store import TargetStore, canvas_checksum

__all__ = ['LoadTeacherTargets', 'TargetStore', 'canvas_checksum']
