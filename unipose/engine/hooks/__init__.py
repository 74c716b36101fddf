"""Hooks of the training loop."""

from .channels_last_hook import ChannelsLastHook
from .damaged_image_hook import DamagedImageHook
from .distillation_log_hook import DistillationLogHook
from .head_stages_hook import HeadStagesHook
from .left_out_hook import LeftOutHook
from .licences_hook import LicencesHook
from .log_history_hook import LogHistoryHook
from .mean_pose_hook import MeanPoseHook
from .step_time_hook import StepTimeHook
from .whole_checkpoint_hook import WholeCheckpointHook

__all__ = [
    'ChannelsLastHook',
    'DamagedImageHook',
    'DistillationLogHook',
    'HeadStagesHook',
    'LeftOutHook',
    'LicencesHook',
    'LogHistoryHook',
    'MeanPoseHook',
    'StepTimeHook',
    'WholeCheckpointHook',
]
