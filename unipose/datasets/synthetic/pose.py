"""Joint angles of a person: limits, pose templates and sampling."""

import numpy as np

SIDES = ('left', 'right')

# Range of each angle in degrees. 0 everywhere is a person standing straight with hanging arms. Flexion bends a
# limb forward (the knee: backward), abduction lifts it sideways, rotation turns the forearm inward.
JOINT_LIMITS = {
    'root_lean': (-20, 35),
    'root_tilt': (-15, 15),
    'spine_flexion': (-15, 50),
    'spine_lateral': (-20, 20),
    'spine_twist': (-30, 30),
    'neck_flexion': (-25, 30),
    'neck_lateral': (-20, 20),
    'neck_twist': (-55, 55),
    'shoulder_flexion': (-40, 170),
    'shoulder_abduction': (2, 160),
    'shoulder_rotation': (-60, 90),
    'elbow_flexion': (2, 140),
    'hip_flexion': (-20, 100),
    'hip_abduction': (-3, 40),
    'knee_flexion': (0, 125),
}

# Mean and standard deviation in degrees; a limb's angle holds for both sides unless the side is named.
REST = {
    'root_lean': (0, 3),
    'root_tilt': (0, 2),
    'spine_flexion': (2, 5),
    'spine_lateral': (0, 5),
    'spine_twist': (0, 8),
    'neck_flexion': (2, 8),
    'neck_lateral': (0, 6),
    'neck_twist': (0, 20),
    'shoulder_flexion': (3, 15),
    'shoulder_abduction': (14, 9),
    'shoulder_rotation': (15, 20),
    'elbow_flexion': (18, 14),
    'hip_flexion': (2, 6),
    'hip_abduction': (5, 4),
    'knee_flexion': (4, 4),
}
TEMPLATES = {
    'stand': {},
    'walk': {
        'left_hip_flexion': (28, 8),
        'right_hip_flexion': (-14, 5),
        'left_knee_flexion': (12, 8),
        'right_knee_flexion': (28, 14),
        'left_shoulder_flexion': (-18, 10),
        'right_shoulder_flexion': (26, 12),
        'elbow_flexion': (40, 22),
    },
    'raise_both': {'shoulder_abduction': (125, 25), 'shoulder_rotation': (-20, 20), 'elbow_flexion': (35, 30)},
    'raise_one': {'left_shoulder_abduction': (115, 30), 'left_elbow_flexion': (50, 40)},
    'spread': {'shoulder_abduction': (80, 18), 'elbow_flexion': (15, 15), 'hip_abduction': (16, 8)},
    'akimbo': {'shoulder_abduction': (48, 8), 'shoulder_rotation': (70, 8), 'elbow_flexion': (88, 12)},
    'reach': {'left_shoulder_flexion': (80, 25), 'right_shoulder_flexion': (45, 35), 'elbow_flexion': (35, 25)},
    'lean': {
        'root_lean': (18, 8),
        'hip_flexion': (20, 8),
        'spine_flexion': (25, 12),
        'shoulder_flexion': (35, 25),
        'knee_flexion': (15, 10),
    },
    'sit': {
        'hip_flexion': (78, 12),
        'hip_abduction': (12, 8),
        'knee_flexion': (82, 14),
        'shoulder_flexion': (28, 18),
        'elbow_flexion': (50, 30),
    },
    'lunge': {
        'left_hip_flexion': (68, 14),
        'left_knee_flexion': (72, 18),
        'right_hip_flexion': (-12, 6),
        'right_knee_flexion': (35, 18),
        'elbow_flexion': (60, 30),
    },
}
# Weight of a template: easy + difficulty * hard.
TEMPLATE_WEIGHTS = {
    'stand': (3.0, 0.0),
    'walk': (2.0, 1.0),
    'raise_both': (0.8, 0.8),
    'raise_one': (1.0, 1.0),
    'spread': (1.0, 0.5),
    'akimbo': (0.8, 0.5),
    'reach': (0.5, 1.5),
    'lean': (0.2, 1.5),
    'sit': (0.2, 2.0),
    'lunge': (0.2, 1.5),
}
_ROOT = ('root', 'spine', 'neck')


def sample_pose(rng: np.random.Generator, difficulty: float) -> dict[str, float]:
    """Draw the joint angles of one person.

    Args:
        rng: Source of all randomness.
        difficulty: 0 to 1; widens the angles and makes sitting, leaning and reaching more likely.

    Returns:
        Angle in radians by name; limb angles as ``left_...`` and ``right_...``.
    """
    names = list(TEMPLATES)
    weights = np.array([TEMPLATE_WEIGHTS[name][0] + difficulty * TEMPLATE_WEIGHTS[name][1] for name in names])
    template = TEMPLATES[names[rng.choice(len(names), p=weights / weights.sum())]]
    spread = 0.6 + 0.8 * difficulty
    mirrored = rng.random() < 0.5

    angles: dict[str, float] = {}
    for name, rest in REST.items():
        sides = ('',) if name.startswith(_ROOT) else tuple(f'{side}_' for side in SIDES)
        for side in sides:
            mean, deviation = template.get(side + name, template.get(name, rest))
            low, high = JOINT_LIMITS[name]
            degrees = float(np.clip(mean + spread * deviation * rng.standard_normal(), low, high))
            angles[_other(side) + name if mirrored else side + name] = np.deg2rad(degrees)
    return angles


def _other(side: str) -> str:
    return {'left_': 'right_', 'right_': 'left_', '': ''}[side]
