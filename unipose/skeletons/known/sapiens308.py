# Goliath's 308 keypoints, in the order of the outputs of Sapiens and Sapiens2: body, feet, hands, then face, ears,
# irises and pupils in detail (its 344 without the teeth). Names, colours, links and sigmas are those of Sapiens2's
# sapiens/pose/configs/_base_/keypoints308.py (https://github.com/facebookresearch/sapiens2): COCO-WholeBody's sigmas
# where it has the point, the nearest joint's around elbows and shoulders, 0.01 on the face. Its neck is goliath_neck
# here: docs/skeletons.md says why.
mid, left, right = [51, 153, 255], [0, 255, 0], [255, 128, 0]

# Numbers that change places where points of both sides, or of a line across, are counted in one direction.
renumbered = {
    **dict.fromkeys(('lash_line', 'eyelid_line', 'crease_line', 'lip'), '12 36 45'),
    **dict.fromkeys(('iris_midpoint', 'pupil_midpoint'), '14 23'),
    **dict.fromkeys(('border_of_iris', 'border_of_pupil'), '39'),  # of a clock
    'eyebrow': '23',
    'inner_helix': '28',
}


def mirrored(name):
    pairs = next((pairs for part, pairs in renumbered.items() if part in name), '').split()
    places = {'left': 'right', 'l': 'r', **dict(pairs)}
    places |= {there: here for here, there in places.items()}
    return '_'.join(places.get(word, word) for word in name.split('_'))


def hand(side):
    fingers = ('thumb', 'forefinger', 'middle_finger', 'ring_finger', 'pinky_finger')
    return [f'{side}_{finger}{joint}' for finger in fingers for joint in ('4', '3', '2', '_third_joint')]


def round_of(side, part):
    clock = ('3', 'midpoint_1', '12', 'midpoint_4', '9', 'midpoint_3', '6', 'midpoint_2')
    return [f'{side}_center_of_{part}', *(f'{side}_border_of_{part}_{place}' for place in clock)]


body = """
    nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow
    left_hip right_hip left_knee right_knee left_ankle right_ankle
    left_big_toe left_small_toe left_heel right_big_toe right_small_toe right_heel
""".split()
arms = """
    left_olecranon right_olecranon left_cubital_fossa right_cubital_fossa left_acromion right_acromion goliath_neck
""".split()
face = """
    center_of_glabella center_of_nose_root tip_of_nose_bridge midpoint_1_of_nose_bridge midpoint_2_of_nose_bridge
    midpoint_3_of_nose_bridge center_of_labiomental_groove tip_of_chin upper_startpoint_of_r_eyebrow
    lower_startpoint_of_r_eyebrow end_of_r_eyebrow upper_midpoint_1_of_r_eyebrow lower_midpoint_1_of_r_eyebrow
    upper_midpoint_2_of_r_eyebrow upper_midpoint_3_of_r_eyebrow lower_midpoint_2_of_r_eyebrow
    lower_midpoint_3_of_r_eyebrow upper_startpoint_of_l_eyebrow lower_startpoint_of_l_eyebrow end_of_l_eyebrow
    upper_midpoint_1_of_l_eyebrow lower_midpoint_1_of_l_eyebrow upper_midpoint_2_of_l_eyebrow
    upper_midpoint_3_of_l_eyebrow lower_midpoint_2_of_l_eyebrow lower_midpoint_3_of_l_eyebrow
""".split()
upper_lid = """
    l_inner_end_of_upper_lash_line l_outer_end_of_upper_lash_line l_centerpoint_of_upper_lash_line
    l_midpoint_2_of_upper_lash_line l_midpoint_1_of_upper_lash_line l_midpoint_6_of_upper_lash_line
    l_midpoint_5_of_upper_lash_line l_midpoint_4_of_upper_lash_line l_midpoint_3_of_upper_lash_line
    l_outer_end_of_upper_eyelid_line l_midpoint_6_of_upper_eyelid_line l_midpoint_2_of_upper_eyelid_line
    l_midpoint_5_of_upper_eyelid_line l_centerpoint_of_upper_eyelid_line l_midpoint_4_of_upper_eyelid_line
    l_midpoint_1_of_upper_eyelid_line l_midpoint_3_of_upper_eyelid_line l_midpoint_6_of_upper_crease_line
    l_midpoint_2_of_upper_crease_line l_midpoint_5_of_upper_crease_line l_centerpoint_of_upper_crease_line
    l_midpoint_4_of_upper_crease_line l_midpoint_1_of_upper_crease_line l_midpoint_3_of_upper_crease_line
""".split()
lower_lid = [name.replace('upper', 'lower') for name in upper_lid if 'crease' not in name]
nose = """
    tip_of_nose bottom_center_of_nose r_outer_corner_of_nose l_outer_corner_of_nose
    inner_corner_of_r_nostril outer_corner_of_r_nostril upper_corner_of_r_nostril
    inner_corner_of_l_nostril outer_corner_of_l_nostril upper_corner_of_l_nostril
""".split()
outer_lips = """
    r_outer_corner_of_mouth l_outer_corner_of_mouth center_of_cupid_bow center_of_lower_outer_lip
    midpoint_1_of_upper_outer_lip midpoint_2_of_upper_outer_lip midpoint_1_of_lower_outer_lip
    midpoint_2_of_lower_outer_lip midpoint_3_of_upper_outer_lip midpoint_4_of_upper_outer_lip
    midpoint_5_of_upper_outer_lip midpoint_6_of_upper_outer_lip midpoint_3_of_lower_outer_lip
    midpoint_4_of_lower_outer_lip midpoint_5_of_lower_outer_lip midpoint_6_of_lower_outer_lip
""".split()
inner_lips = [name.replace('outer', 'inner').replace('cupid_bow', 'upper_inner_lip') for name in outer_lips]
ear = """
    l_top_end_of_inferior_crus l_top_end_of_superior_crus l_start_of_antihelix l_end_of_antihelix
    l_midpoint_1_of_antihelix l_midpoint_1_of_inferior_crus l_midpoint_2_of_antihelix l_midpoint_3_of_antihelix
    l_point_1_of_inner_helix l_point_2_of_inner_helix l_point_3_of_inner_helix l_point_4_of_inner_helix
    l_point_5_of_inner_helix l_point_6_of_inner_helix l_point_7_of_inner_helix l_highest_point_of_antitragus
    l_bottom_point_of_tragus l_protruding_point_of_tragus l_top_point_of_tragus l_start_point_of_crus_of_helix
    l_deepest_point_of_concha l_tip_of_ear_lobe l_midpoint_between_22_15 l_bottom_connecting_point_of_ear_lobe
    l_top_connecting_point_of_helix l_point_8_of_inner_helix
""".split()
hand_sigmas = [
    *(0.047, 0.037, 0.035, 0.022, 0.035, 0.024, 0.025, 0.026, 0.026, 0.022),
    *(0.024, 0.018, 0.032, 0.021, 0.021, 0.017, 0.031, 0.022, 0.019, 0.02),
]
# names, colour, sigmas
groups = [
    (
        body,
        mid,
        [
            *(0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089),
            *(0.068, 0.066, 0.066, 0.092, 0.094, 0.094),  # as published: sides differ
        ],
    ),
    ([*hand('right'), 'right_wrist'], mid, [*hand_sigmas, 0.062]),
    ([*hand('left'), 'left_wrist'], mid, [*hand_sigmas, 0.062]),
    (arms, mid, [0.072, 0.072, 0.072, 0.072, 0.079, 0.079, 0.079]),
    (face, [255, 255, 255], [0.01] * 26),
    (upper_lid, [192, 64, 128], [0.01] * 24),
    ([mirrored(name) for name in upper_lid], [64, 32, 192], [0.01] * 24),
    (lower_lid, [64, 192, 128], [0.01] * 17),
    ([mirrored(name) for name in lower_lid], [64, 192, 32], [0.01] * 17),
    (nose, [0, 192, 0], [0.01] * 10),
    (outer_lips, [192, 0, 0], [0.01] * 16),
    (inner_lips, [0, 192, 192], [0.01] * 16),
    (ear, [200, 200, 0], [0.01] * 26),
    ([mirrored(name) for name in ear], [0, 200, 200], [0.01] * 26),
    (round_of('l', 'iris'), [128, 192, 64], [0.01] * 9),
    (round_of('r', 'iris'), [192, 32, 64], [0.01] * 9),
    (round_of('l', 'pupil'), [192, 128, 64], [0.01] * 9),
    (round_of('r', 'pupil'), [32, 192, 192], [0.01] * 9),
]
lower = set(body[body.index('left_hip') :])
upper = {name for names, _, _ in groups[:3] for name in names} - lower
entries = [(name, color) for names, color, _ in groups for name in names]
finger_colors = {
    'thumb': right,
    'forefinger': [255, 153, 255],
    'middle_finger': [102, 178, 255],
    'ring_finger': [255, 51, 51],
    'pinky_finger': left,
}
links = [
    *(('left_ankle', 'left_knee', left), ('left_knee', 'left_hip', left)),
    *(('right_ankle', 'right_knee', right), ('right_knee', 'right_hip', right)),
    *(('left_hip', 'right_hip', mid), ('left_shoulder', 'left_hip', mid), ('right_shoulder', 'right_hip', mid)),
    *(('left_shoulder', 'right_shoulder', mid), ('left_shoulder', 'left_elbow', left)),
    *(('right_shoulder', 'right_elbow', right), ('left_elbow', 'left_wrist', left)),
    *(('right_elbow', 'right_wrist', right), ('left_eye', 'right_eye', mid), ('nose', 'left_eye', mid)),
    *(('nose', 'right_eye', mid), ('left_eye', 'left_ear', mid), ('right_eye', 'right_ear', mid)),
    *(('left_ear', 'left_shoulder', mid), ('right_ear', 'right_shoulder', mid)),
    *(('left_ankle', f'left_{part}', left) for part in ('big_toe', 'small_toe', 'heel')),
    *(('right_ankle', f'right_{part}', right) for part in ('big_toe', 'small_toe', 'heel')),
]
for side in ('left', 'right'):
    for finger, color in finger_colors.items():
        chain = [f'{side}_wrist', *(f'{side}_{finger}{joint}' for joint in ('_third_joint', '2', '3', '4'))]
        links += [(start, end, color) for start, end in zip(chain, chain[1:])]

dataset_info = dict(
    dataset_name='sapiens308',
    paper_info=dict(
        title='Sapiens: Foundation for Human Vision Models',
        homepage='https://github.com/facebookresearch/sapiens2',
    ),
    keypoint_info={
        i: dict(
            name=name,
            color=color,
            type='upper' if name in upper else 'lower' if name in lower else '',
            swap='' if mirrored(name) == name else mirrored(name),
            published='neck' if name == 'goliath_neck' else '',
        )
        for i, (name, color) in enumerate(entries)
    },
    skeleton_info={i: dict(link=(start, end), color=color) for i, (start, end, color) in enumerate(links)},
    joint_weights=[1.0] * len(entries),
    sigmas=[sigma for _, _, sigmas in groups for sigma in sigmas],
)
