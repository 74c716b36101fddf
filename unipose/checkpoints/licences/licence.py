"""A licence by its name, and what it asks of whoever passes on what is under it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What a licence does that lacks the condition.
CONDITIONS = {
    'attribution': 'asks for no attribution',
    'share alike': 'is another licence',
    'non-commercial': 'allows commercial use',
    'research only': 'allows more than research',
    'restricted uses': 'does not rule out the same uses',
}
"""What licences ask, and what one that does not ask it is like."""

# Names of SPDX; those that it lacks are below. No entry says more than the licence's own text.
_SPDX = {
    'CC0-1.0': (),
    'Unlicense': (),
    'Apache-2.0': ('attribution',),
    'MIT': ('attribution',),
    'BSD-2-Clause': ('attribution',),
    'BSD-3-Clause': ('attribution',),
    'CC-BY-4.0': ('attribution',),
    'CC-BY-SA-4.0': ('attribution', 'share alike'),
    'CC-BY-NC-4.0': ('attribution', 'non-commercial'),
    'CC-BY-NC-SA-4.0': ('attribution', 'share alike', 'non-commercial'),
    'GPL-3.0': ('attribution', 'share alike'),
    'AGPL-3.0': ('attribution', 'share alike'),
}
_OTHERS = {
    # terms of a dataset's page rather than a licence: MPII, Leeds Sports Pose, Stanford 40
    'research-only': ('research only',),
    # github.com/facebookresearch/sapiens2, LICENSE.md, 1b: derivatives are passed on under the same terms alone, and
    # surveillance, biometric processing, military uses and others are ruled out
    'sapiens2-license': ('attribution', 'share alike', 'restricted uses'),
    # people that unipose draws
    'synthetic': (),
}
_FILLERS = ('the', 'license', 'licence', 'version', 'only', 'or', 'later')
_UNSTATED = ('', 'unknown', 'none stated')


@dataclass(frozen=True)
class Licence:
    """A licence.

    Args:
        name: As it was given.
        conditions: What it asks, of :data:`CONDITIONS`; None where that is not known.
        spdx: Its name in SPDX's list; None where that lacks it.
    """

    name: str
    conditions: tuple[str, ...] | None
    spdx: str | None = None

    @classmethod
    def of(cls, spec: Any, where: str = 'license') -> Licence:
        """Reads what a config, the manifest or a command line says.

        Args:
            spec: A name in any of the usual spellings, whose conditions are not known if it is none of ours;
                ``dict(name='...', conditions=['non-commercial'])``, which says them; or None, for none stated.
            where: Whose it is, for messages.

        Raises:
            ValueError: If it is neither, or conditions are unknown.

        >>> Licence.of('CC BY-NC 4.0')
        Licence(name='CC BY-NC 4.0', conditions=('attribution', 'non-commercial'), spdx='CC-BY-NC-4.0')
        >>> Licence.of('terms of ours').conditions is None
        True
        """
        if spec is None:
            return NONE_STATED
        name, conditions = spec, None
        if isinstance(spec, Mapping):
            name, conditions = spec.get('name'), spec.get('conditions')
            if set(spec) - {'name', 'conditions'} or isinstance(conditions, str):
                name = None
        if not isinstance(name, str):
            raise ValueError(
                f"{where}: a licence is its name, such as 'cc-by-nc-4.0', or dict(name='...', conditions=['"
                f"non-commercial']). Got: {spec!r}"
            )
        if conditions is None:
            return cls._known(name)
        unknown = sorted(set(map(str, conditions)) - set(CONDITIONS))
        if unknown:
            raise ValueError(f'{where}: unknown conditions {unknown} of {name!r}; there are {list(CONDITIONS)}')
        return cls(name, tuple(conditions), cls._known(name).spdx)

    @classmethod
    def _known(cls, name: str) -> Licence:
        if name.strip().lower() in _UNSTATED:
            return NONE_STATED
        key = _key(name)
        for spdx, conditions in _SPDX.items():
            if _key(spdx) == key:
                return cls(name, conditions, spdx)
        return cls(name, next((conditions for own, conditions in _OTHERS.items() if _key(own) == key), None))

    @property
    def is_stated(self) -> bool:
        """Whether there is one at all."""
        return self.name != NONE_STATED.name

    @property
    def key(self) -> str:
        """What all spellings of its name have in common."""
        return _key(self.spdx or self.name)

    @property
    def asks(self) -> str:
        """Its conditions, to read."""
        if self.conditions is None:
            return 'not known'
        return ', '.join(self.conditions) or 'none'

    def __str__(self) -> str:
        if self.conditions is None:
            return f'{self.name} (conditions not known)' if self.is_stated else self.name
        said = not self.conditions or self.key == _key(self.asks)
        return self.name if said else f'{self.name} ({self.asks})'


def _key(name: str) -> str:
    """What spellings of one licence have in common.

    >>> _key('Apache License, Version 2.0') == _key('apache-2.0'), _key('GPL-3.0-only') == _key('gpl-3.0')
    (True, True)
    """
    words = re.findall(r'[a-z0-9.]+', name.lower())
    return '-'.join(word for word in words if word not in _FILLERS)


NONE_STATED = Licence('none stated', None)
"""What says nothing of its licence."""
