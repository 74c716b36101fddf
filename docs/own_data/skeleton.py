"""Hands and feet. Wrists and ankles are COCO's and MPII's too: keypoints of one name are one keypoint."""

left, right = [0, 255, 0], [255, 128, 0]
dataset_info = dict(
    dataset_name='hands_feet',
    keypoint_info={
        0: dict(name='left_wrist', id=0, color=left, type='upper', swap='right_wrist'),
        1: dict(name='right_wrist', id=1, color=right, type='upper', swap='left_wrist'),
        2: dict(name='left_fingers', id=2, color=left, type='upper', swap='right_fingers'),
        3: dict(name='right_fingers', id=3, color=right, type='upper', swap='left_fingers'),
        4: dict(name='left_ankle', id=4, color=left, type='lower', swap='right_ankle'),
        5: dict(name='right_ankle', id=5, color=right, type='lower', swap='left_ankle'),
        6: dict(name='left_heel', id=6, color=left, type='lower', swap='right_heel'),
        7: dict(name='right_heel', id=7, color=right, type='lower', swap='left_heel'),
        8: dict(name='left_big_toe', id=8, color=left, type='lower', swap='right_big_toe'),
        9: dict(name='right_big_toe', id=9, color=right, type='lower', swap='left_big_toe'),
    },
    skeleton_info={
        0: dict(link=('left_wrist', 'left_fingers'), id=0, color=left),
        1: dict(link=('right_wrist', 'right_fingers'), id=1, color=right),
        2: dict(link=('left_ankle', 'left_heel'), id=2, color=left),
        3: dict(link=('right_ankle', 'right_heel'), id=3, color=right),
        4: dict(link=('left_heel', 'left_big_toe'), id=4, color=left),
        5: dict(link=('right_heel', 'right_big_toe'), id=5, color=right),
    },
    joint_weights=[1.0] * 10,
    # OKS: of COCO's wrists and ankles, of COCO-WholeBody's heels and big toes; fingers as wrists
    sigmas=[0.062, 0.062, 0.062, 0.062, 0.089, 0.089, 0.066, 0.066, 0.068, 0.068],
)
