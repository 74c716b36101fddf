"""Distillers: a student, its teachers, and how what they say becomes one loss."""

from .anchored_head import AnchoredRTMCCHead
from .multi_teacher_distiller import MultiTeacherDistiller
from .one_stage_distiller import OneStageDistiller
from .strip_student import plain_model_config, plain_state_dict
from .union_rtmo_head import UnionRTMOHead

__all__ = [
    'AnchoredRTMCCHead',
    'MultiTeacherDistiller',
    'OneStageDistiller',
    'UnionRTMOHead',
    'plain_model_config',
    'plain_state_dict',
]
