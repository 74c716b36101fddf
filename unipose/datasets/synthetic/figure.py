"""Articulated 3D figure: body table, forward kinematics, and what COCO and MPII call its keypoints."""

import numpy as np

# All lengths are fractions of the standing height. Offsets are (left, up, forward) as the person sees it, in the
# frame of the segment that carries the point; a left point's mirror image is the right one.
SEGMENTS = {
    'thigh': 0.245,
    'shank': 0.240,
    'ankle_height': 0.040,
    'pelvis_to_waist': 0.095,
    'waist_to_thorax': 0.190,
    'upper_arm': 0.165,
    'forearm': 0.145,
}
# head_top to upper_neck is a sixth of the height, the ratio of MPII's scale to its head size.
SEGMENT_POINTS = {
    'pelvis': {
        'mpii_hip': (0.052, 0.000, 0.000),  # centre of the femoral head; MPII's pelvis is the midpoint of both
        'coco_hip': (0.066, 0.028, 0.000),  # where COCO's annotators click: higher and further outside
        'belt': (0.048, 0.070, 0.000),
    },
    'torso': {
        'waist_side': (0.052, 0.010, 0.000),
        'mpii_shoulder': (0.098, -0.008, 0.000),  # centre of the shoulder joint
        'coco_shoulder': (0.110, 0.012, 0.000),  # on the acromion, the outer top of the shoulder
        'chest_middle': (0.000, -0.070, 0.000),
        'chest': (0.000, -0.060, 0.058),
    },
    'head': {
        'head_top': (0.000, 0.165, 0.000),
        'skull': (0.000, 0.100, 0.006),
        'jaw': (0.000, 0.050, 0.020),
        'hair_top': (0.000, 0.114, -0.002),
        'hair_back': (0.000, 0.102, -0.016),
        'nape': (0.000, 0.062, -0.018),
        'nose': (0.000, 0.080, 0.060),
        'mouth': (0.000, 0.052, 0.053),
        'eye': (0.020, 0.100, 0.047),
        'ear': (0.047, 0.088, 0.000),
    },
    'shank': {'heel': (0.000, -0.020, -0.018), 'toe': (0.006, -0.026, 0.082)},
    'forearm': {'fingers': (0.000, -0.055, 0.000)},
}
UPPER_NECK = (0.000, 0.035, 0.004)
SHOULDER_LIFT = 0.035  # how far a fully raised arm lifts its shoulder
# How far clicks on a point scatter between annotators, in standing heights: COCO's OKS sigmas, which are shares of the
# square root of a person's area, times 0.43, that root for a standing person; MPII's own points by their likes.
ANNOTATOR_SD = {
    'nose': 0.011,
    'eye': 0.011,
    'ear': 0.015,
    'shoulder': 0.034,
    'elbow': 0.031,
    'wrist': 0.027,
    'hip': 0.046,
    'knee': 0.037,
    'ankle': 0.038,
    'pelvis': 0.046,
    'thorax': 0.034,
    'upper_neck': 0.022,
    'head_top': 0.022,
}

_SIDED = ('shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
COCO_KEYPOINTS = (
    'nose',
    *(f'{side}_{part}' for part in ('eye', 'ear', *_SIDED) for side in ('left', 'right')),
)
MPII_KEYPOINTS = (
    *('right_ankle', 'right_knee', 'right_hip', 'left_hip', 'left_knee', 'left_ankle'),
    *('pelvis', 'thorax', 'upper_neck', 'head_top'),
    *('right_wrist', 'right_elbow', 'right_shoulder', 'left_shoulder', 'left_elbow', 'left_wrist'),
)


def landmark_names(keypoints: tuple[str, ...], dataset: str) -> list[str]:
    """Name the figure's points that a dataset's keypoints are.

    >>> landmark_names(('left_hip', 'nose'), 'mpii')
    ['left_mpii_hip', 'nose']

    Args:
        keypoints: Keypoint names of the dataset.
        dataset: ``'coco'`` or ``'mpii'``.

    Returns:
        One point name per keypoint.
    """
    own = {'shoulder': f'{dataset}_shoulder', 'hip': f'{dataset}_hip'}
    parts = [name.rpartition('_') for name in keypoints]
    return [f'{side}_{own[part]}' if part in own else side + link + part for side, link, part in parts]


def sample_proportions(rng: np.random.Generator) -> dict[str, float]:
    """Draw a body: factors on the lengths of its segments, its breadth and its girth (limb thickness)."""
    factors = {name: float(rng.uniform(0.95, 1.05)) for name in SEGMENTS}
    return {**factors, 'breadth': float(rng.uniform(0.9, 1.12)), 'girth': float(rng.uniform(0.88, 1.2))}


def standing_height(proportions: dict[str, float]) -> float:
    """Height of the figure standing straight, close to 1."""
    legs_and_trunk = ('thigh', 'shank', 'ankle_height', 'pelvis_to_waist', 'waist_to_thorax')
    trunk = sum(SEGMENTS[name] * proportions[name] for name in legs_and_trunk)
    return trunk + UPPER_NECK[1] + SEGMENT_POINTS['head']['head_top'][1]


def solve(proportions: dict[str, float], angles: dict[str, float]) -> dict[str, np.ndarray]:
    """Place every point of the figure (forward kinematics).

    Args:
        proportions: From :func:`sample_proportions`.
        angles: Radians by name, from :func:`unipose.datasets.synthetic.pose.sample_pose`.

    Returns:
        Position ``[3]`` by point name: (left, up, forward) from the pelvis, in standing heights.
    """
    length = {name: value * proportions[name] for name, value in SEGMENTS.items()}
    widen = np.array([proportions['breadth'], 1.0, 1.0])
    points = {'pelvis': np.zeros(3)}

    pelvis = _turn_z(angles['root_tilt']) @ _turn_x(angles['root_lean'])
    _place(points, 'pelvis', points['pelvis'], pelvis, widen)
    for side, sign in (('left', 1.0), ('right', -1.0)):
        thigh = pelvis @ _turn_z(sign * angles[f'{side}_hip_abduction']) @ _turn_x(-angles[f'{side}_hip_flexion'])
        shank = thigh @ _turn_x(angles[f'{side}_knee_flexion'])
        points[f'{side}_knee'] = points[f'{side}_mpii_hip'] - length['thigh'] * thigh[:, 1]
        points[f'{side}_ankle'] = points[f'{side}_knee'] - length['shank'] * shank[:, 1]
        _place_side(points, 'shank', side, points[f'{side}_ankle'], shank)

    points['waist'] = length['pelvis_to_waist'] * pelvis[:, 1]
    torso = (
        pelvis @ _turn_y(angles['spine_twist']) @ _turn_z(angles['spine_lateral']) @ _turn_x(angles['spine_flexion'])
    )
    points['thorax'] = points['waist'] + length['waist_to_thorax'] * torso[:, 1]
    _place(points, 'torso', points['thorax'], torso, widen)
    for side in ('left', 'right'):  # the waist's sides hang on the torso's lower end
        offset = points[f'{side}_waist_side'] - points['thorax']
        points[f'{side}_waist_side'] = points['waist'] + offset
    for side, sign in (('left', 1.0), ('right', -1.0)):
        arm = (
            torso @ _turn_z(sign * angles[f'{side}_shoulder_abduction']) @ _turn_x(-angles[f'{side}_shoulder_flexion'])
        )
        arm = arm @ _turn_y(-sign * angles[f'{side}_shoulder_rotation'])
        raised = 0.5 * (1.0 - arm[:, 1] @ torso[:, 1])
        for dataset in ('mpii', 'coco'):
            points[f'{side}_{dataset}_shoulder'] += SHOULDER_LIFT * raised * torso[:, 1]
        forearm = arm @ _turn_x(-angles[f'{side}_elbow_flexion'])
        points[f'{side}_elbow'] = points[f'{side}_mpii_shoulder'] - length['upper_arm'] * arm[:, 1]
        points[f'{side}_wrist'] = points[f'{side}_elbow'] - length['forearm'] * forearm[:, 1]
        _place_side(points, 'forearm', side, points[f'{side}_wrist'], forearm)

    points['upper_neck'] = points['thorax'] + torso @ np.array(UPPER_NECK)
    head = torso @ _turn_y(angles['neck_twist']) @ _turn_z(angles['neck_lateral']) @ _turn_x(angles['neck_flexion'])
    _place(points, 'head', points['upper_neck'], head, np.ones(3))
    points['face_axis'] = points['upper_neck'] + head[:, 2]
    points['chest_axis'] = points['upper_neck'] + torso[:, 2]
    return points


def _place(points: dict, segment: str, origin: np.ndarray, frame: np.ndarray, widen: np.ndarray) -> None:
    """Add a central segment's points, those off the middle once per side."""
    for name, offset in SEGMENT_POINTS[segment].items():
        offset = np.array(offset) * widen
        if offset[0] == 0.0:
            points[name] = origin + frame @ offset
        else:
            points[f'left_{name}'] = origin + frame @ offset
            points[f'right_{name}'] = origin + frame @ (offset * (-1.0, 1.0, 1.0))


def _place_side(points: dict, segment: str, side: str, origin: np.ndarray, frame: np.ndarray) -> None:
    mirror = (1.0 if side == 'left' else -1.0, 1.0, 1.0)
    for name, offset in SEGMENT_POINTS[segment].items():
        points[f'{side}_{name}'] = origin + frame @ (np.array(offset) * mirror)


# Right-handed axes: x to the person's left, y up, z forward. A positive turn about x takes up to forward.
def _turn_x(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def _turn_y(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def _turn_z(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
