# Leeds Sports Pose: 14 keypoints, person-centric. Its neck is MPII's upper_neck: docs/skeletons.md says why.
# It publishes no sigmas: COCO's of the same joints, and those that MMPose gives MPII's upper_neck and head_top.
mid, left, right = [51, 153, 255], [0, 255, 0], [255, 128, 0]
dataset_info = dict(
    dataset_name='lsp',
    paper_info=dict(
        title='Clustered Pose and Nonlinear Appearance Models for Human Pose Estimation',
        homepage='https://sam.johnson.io/research/lsp.html',
    ),
    keypoint_info={
        0: dict(name='right_ankle', color=right, type='lower', swap='left_ankle'),
        1: dict(name='right_knee', color=right, type='lower', swap='left_knee'),
        2: dict(name='right_hip', color=right, type='lower', swap='left_hip'),
        3: dict(name='left_hip', color=left, type='lower', swap='right_hip'),
        4: dict(name='left_knee', color=left, type='lower', swap='right_knee'),
        5: dict(name='left_ankle', color=left, type='lower', swap='right_ankle'),
        6: dict(name='right_wrist', color=right, type='upper', swap='left_wrist'),
        7: dict(name='right_elbow', color=right, type='upper', swap='left_elbow'),
        8: dict(name='right_shoulder', color=right, type='upper', swap='left_shoulder'),
        9: dict(name='left_shoulder', color=left, type='upper', swap='right_shoulder'),
        10: dict(name='left_elbow', color=left, type='upper', swap='right_elbow'),
        11: dict(name='left_wrist', color=left, type='upper', swap='right_wrist'),
        12: dict(name='upper_neck', color=mid, type='upper', swap='', published='neck'),
        13: dict(name='head_top', color=mid, type='upper', swap=''),
    },
    skeleton_info={
        0: dict(link=('right_ankle', 'right_knee'), color=right),
        1: dict(link=('right_knee', 'right_hip'), color=right),
        2: dict(link=('left_hip', 'left_knee'), color=left),
        3: dict(link=('left_knee', 'left_ankle'), color=left),
        4: dict(link=('upper_neck', 'head_top'), color=mid),
        5: dict(link=('upper_neck', 'right_shoulder'), color=right),
        6: dict(link=('right_shoulder', 'right_elbow'), color=right),
        7: dict(link=('right_elbow', 'right_wrist'), color=right),
        8: dict(link=('upper_neck', 'left_shoulder'), color=left),
        9: dict(link=('left_shoulder', 'left_elbow'), color=left),
        10: dict(link=('left_elbow', 'left_wrist'), color=left),
    },
    joint_weights=[1.5, 1.2, 1.0, 1.0, 1.2, 1.5, 1.5, 1.2, 1.0, 1.0, 1.2, 1.5, 1.0, 1.0],
    sigmas=[0.089, 0.087, 0.107, 0.107, 0.087, 0.089, 0.062, 0.072, 0.079, 0.079, 0.072, 0.062, 0.026, 0.026],
)
