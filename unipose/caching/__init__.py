"""Teacher targets on disk: how they get there, and the transform that puts them into a sample."""

from .load_teacher_targets import LoadTeacherTargets
from .store_targets_hook import StoreTargetsHook
from .target_store import TargetStore, canvas_checksum

__all__ = ['LoadTeacherTargets', 'StoreTargetsHook', 'TargetStore', 'canvas_checksum']
