"""Distillers: a student, its teachers, and how what they say becomes one loss."""

from .anchored_head import AnchoredRTMCCHead
from .multi_teacher_distiller import MultiTeacherDistiller
from .strip_student import plain_model_config, plain_state_dict

__all__ = ['AnchoredRTMCCHead', 'MultiTeacherDistiller', 'plain_model_config', 'plain_state_dict']
