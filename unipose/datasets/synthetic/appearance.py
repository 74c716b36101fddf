"""Colours of one person."""

import numpy as np

# BGR
SKIN = ((190, 208, 240), (150, 180, 225), (120, 155, 205), (85, 120, 170), (55, 80, 125), (40, 55, 85))
HAIR = ((25, 25, 28), (30, 45, 70), (40, 75, 125), (110, 165, 205), (150, 150, 155), (30, 50, 130))

Colour = tuple[float, float, float]


def sample_appearance(rng: np.random.Generator) -> dict[str, Colour]:
    """Draw the colour of each material.

    Args:
        rng: Source of all randomness.

    Returns:
        BGR by material: skin, hair, shirt, sleeve (skin with short sleeves), trousers, calf (skin with shorts), shoe
        and print (the sign on the shirt's chest, which tells front from back).
    """
    skin = _vary(rng, SKIN[rng.integers(len(SKIN))], 10)
    shirt, trousers, shoe = (_cloth(rng) for _ in range(3))
    return {
        'skin': skin,
        'hair': _vary(rng, HAIR[rng.integers(len(HAIR))], 10),
        'shirt': shirt,
        'sleeve': shirt if rng.random() < 0.4 else skin,
        'trousers': trousers,
        'calf': skin if rng.random() < 0.25 else trousers,
        'shoe': shoe,
        'print': tuple(255.0 - channel for channel in shirt) if sum(shirt) < 330 or sum(shirt) > 430 else (240.0,) * 3,
    }


def shade(colour: Colour, factor: float) -> Colour:
    """Darken or lighten a colour, within 0 to 255."""
    return tuple(min(255.0, max(0.0, channel * factor)) for channel in colour)


def _cloth(rng: np.random.Generator) -> Colour:
    grey = rng.uniform(40, 210)
    return _vary(rng, (grey,) * 3, rng.choice((12, 60)))


def _vary(rng: np.random.Generator, colour: Colour, amount: float) -> Colour:
    return tuple(float(np.clip(channel + rng.normal(0, amount), 15, 245)) for channel in colour)
