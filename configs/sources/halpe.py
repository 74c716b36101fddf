"""Halpe's val people, whom neither COCO nor MPII annotated with all 21 keypoints. Not for training.

    python tools/test.py configs/distill_small.py CHECKPOINT --also configs/sources/halpe.py

A student of COCO and MPII is scored in 20 of Halpe's 26 keypoints: it has no feet, Halpe has no thorax, and Halpe's hip
is scored by the student's pelvis (docs/skeletons.md says what that costs).
"""

annotations = 'halpe/annotations/halpe_val_v1.json'
keypoints = dict(skeleton='halpe26', partial=True, substitutes=dict(hip='pelvis'))

test_dataloader = dict(
    dataset=dict(
        sources=dict(
            halpe=dict(
                **keypoints,
                dataset=dict(
                    type='HalpeBodyDataset',
                    data_root='data/',
                    ann_file=annotations,
                    data_prefix=dict(img='coco/val2017/'),  # its pictures are COCO's
                ),
            ),
        ),
    ),
)
test_evaluator = dict(
    metrics=dict(halpe=dict(type='HalpeKeypointMetric', **keypoints, ann_file=f'data/{annotations}')),
)
