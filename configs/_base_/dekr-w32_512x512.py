"""MMPose's DEKR with HRNet-w32, on whole pictures of COCO as one source, with what every run here has.

Its rescorer, which the DEKR head takes from MMPose's, is left out: `unipose rescore` fits one to the model at hand.
"""

_base_ = 'mmpose::body_2d_keypoint/dekr/coco/dekr_hrnet-w32_8xb10-140e_coco-512x512.py'

custom_imports = dict(imports=['unipose.registration'], allow_failed_imports=False)
skeleton = 'coco'

model = dict(head=dict(rescore_cfg=None))
find_unused_parameters = False

size = (512, 512)
load = dict(type='LoadCheckedImage')
pack = dict(type='PackUnifiedInputs')
pack_targets = [dict(type='MaskOthers'), pack]
augment = [dict(type='BottomupRandomAffine', input_size=size), dict(type='RandomFlip', direction='horizontal')]
encode = dict(type='GenerateTarget', encoder=_base_.codec)
resize = dict(type='BottomupResize', input_size=size, size_factor=32, resize_mode='expand')
train_pipeline = [load, dict(type='Seeded', transforms=augment), encode, *pack_targets]
val_pipeline = [load, resize, pack]

coco = dict(type='CocoDataset', data_root='data/coco/')
train_source = dict(
    skeleton='coco',
    license='cc-by-4.0',  # of the annotations; images are under their owners' Flickr licences
    dataset=dict(coco, ann_file='annotations/person_keypoints_train2017.json', data_prefix=dict(img='train2017/')),
)
val_source = dict(
    skeleton='coco',
    dataset=dict(coco, ann_file='annotations/person_keypoints_val2017.json', data_prefix=dict(img='val2017/')),
)
train_dataloader = dict(
    sampler=dict(_delete_=True, type='ViewSampler'),
    dataset=dict(
        _delete_=True,
        type='WholePictureDataset',
        skeleton=skeleton,
        sources=dict(coco=train_source),
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='WholePictureDataset',
        skeleton=skeleton,
        test_mode=True,
        sources=dict(coco=val_source),
        pipeline=val_pipeline,
    ),
)
test_dataloader = val_dataloader
val_evaluator = dict(
    _delete_=True,
    type='UnifiedEvaluator',
    skeleton=skeleton,
    metrics=dict(
        coco=dict(
            type='CocoPictureMetric',
            skeleton='coco',
            ann_file='data/coco/annotations/person_keypoints_val2017.json',
        ),
    ),
)
test_evaluator = val_evaluator

randomness = dict(seed=21)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=2), damaged_images=dict(type='DamagedImageHook'))
vis_backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
visualizer = dict(_delete_=True, type='Visualizer', vis_backends=vis_backends)
log_processor = dict(mean_pattern='(loss|time|grad_norm|^skipped_steps|^damaged_images)')
