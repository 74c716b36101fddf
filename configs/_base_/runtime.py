"""What every run shares: registration, logging, checkpoints."""

default_scope = 'mmpose'
custom_imports = dict(imports=['unipose.registration'], allow_failed_imports=False)

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(type='CheckpointHook', interval=10, max_keep_ckpts=2),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    damaged_images=dict(type='DamagedImageHook'),
    distillation=dict(type='DistillationLogHook'),
    step_time=dict(type='StepTimeHook'),
    mean_pose=dict(type='MeanPoseHook', after=3000),
    pictures=dict(type='TrainingPicturesHook', interval=1000),
)

env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)

vis_backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
visualizer = dict(type='Visualizer', vis_backends=vis_backends)
log_processor = dict(
    type='LogProcessor',
    window_size=50,
    by_epoch=True,
    num_digits=6,
    # what is logged as the mean over the window, not as the last step's: counts and what is said of each term, too
    mean_pattern='(loss|time|grad_norm|^raw_|^weight_|^agree_|^rows_left_out|^skipped_steps|^damaged_images)',
)
log_level = 'INFO'
load_from = None
resume = False
