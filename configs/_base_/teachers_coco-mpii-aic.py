"""The two RTMPose-m teachers, and MMPose's HRNet-w32 for AI Challenger; there is no RTMPose trained on that alone.

python tools/download_teachers.py rtmpose-m_coco-256x192 rtmpose-m_mpii-256x256 hrnet-w32_aic-256x192
"""

_base_ = 'teachers_coco-mpii.py'

distillation = dict(
    dialects=dict(aic=dict(skeleton='aic')),
    teachers=dict(
        aic=dict(
            config='configs/teachers/hrnet-w32_aic-256x192.py',
            checkpoint='teachers/hrnet_w32_aic_256x192-30a4e465_20200826.pth',
            skeleton='aic',
        ),
    ),
)
