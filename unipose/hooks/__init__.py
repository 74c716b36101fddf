"""Hooks of the training loop."""

from .channels_last_hook import ChannelsLastHook
from .damaged_image_hook import DamagedImageHook
from .distillation_log_hook import DistillationLogHook
from .licences_hook import LicencesHook
from .log_history_hook import LogHistoryHook

__all__ = ['ChannelsLastHook', 'DamagedImageHook', 'DistillationLogHook', 'LicencesHook', 'LogHistoryHook']
