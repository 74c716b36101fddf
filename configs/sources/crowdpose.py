"""CrowdPose's test people, in pictures by how crowded they are. Not for training.

    unipose test configs/distill_small.py CHECKPOINT --also configs/sources/crowdpose.py

A student of COCO and MPII is scored in all of CrowdPose's 14 keypoints: its head_top and upper_neck are annotated
there as top_head and neck (docs/skeletons.md).
"""

annotations = 'crowdpose/annotations/mmpose_crowdpose_test.json'
keypoints = dict(skeleton='crowdpose', partial=True, aliases=dict(top_head='head_top', neck='upper_neck'))

test_dataloader = dict(
    dataset=dict(
        sources=dict(
            crowdpose=dict(
                **keypoints,
                dataset=dict(
                    type='CrowdPoseDataset',
                    data_root='data/',
                    ann_file=annotations,
                    data_prefix=dict(img='crowdpose/images/'),
                ),
            ),
        ),
    ),
)
test_evaluator = dict(
    metrics=dict(crowdpose=dict(type='CrowdPoseKeypointMetric', **keypoints, ann_file=f'data/{annotations}')),
)
