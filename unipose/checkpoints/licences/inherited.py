"""What a student comes from, under which licences, and where these and the one asked for it do not agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .licence import CONDITIONS, Licence

# Who may do no more than research may not do business either.
_IMPLIED = {'research only': 'non-commercial'}


@dataclass(frozen=True)
class Inherited:
    """Something that a student comes from.

    Args:
        kind: ``teacher``, ``source`` (of people to learn from) or ``start`` (weights that training began with).
        name: Its name in the config, or of the weights' file.
        licence: Its licence.
        of: What handed it on, such as ``teacher 'union'``, a student itself; empty for what the config names.
    """

    kind: str
    name: str
    licence: Licence
    of: str = ''

    def __str__(self) -> str:
        return f'{self.kind} {self.name!r}' + (f' of {self.of}' if self.of else '')

    def handed_on_by(self, heir: str) -> Inherited:
        """The same as whoever learns from ``heir`` inherits it."""
        return replace(self, of=f'{self.of} of {heir}' if self.of else heir)


def conflicts(asked: Licence, inherited: Iterable[Inherited]) -> list[str]:
    """What was asked for a student and what it inherits do not agree on.

    This says what the licences say. Whether a student derives from what taught it is for others to decide.

    Args:
        asked: The licence asked for it; one that is not stated or not known conflicts with nothing.
        inherited: What it comes from.

    Returns:
        A sentence each, without a full stop.

    >>> conflicts(Licence.of('apache-2.0'), [Inherited('teacher', 'coco', Licence.of('cc-by-nc-4.0'))])
    ["teacher 'coco' is cc-by-nc-4.0 (non-commercial), and the card asks for apache-2.0, which allows commercial use"]
    """
    if asked.conditions is None:
        return []
    kept = {*asked.conditions, *(_IMPLIED[condition] for condition in asked.conditions if condition in _IMPLIED)}
    found = []
    for one in inherited:
        lost = [condition for condition in one.licence.conditions or () if condition not in kept]
        if 'share alike' in (one.licence.conditions or ()) and asked.key != one.licence.key:
            lost = list(dict.fromkeys([*lost, 'share alike']))
        if lost:
            licence = replace(one.licence, conditions=tuple(lost))
            reasons = ' and '.join(_reason(condition, kept) for condition in lost)
            found.append(f'{one} is {licence}, and the card asks for {asked.name}, which {reasons}')
    return found


def _reason(condition: str, kept: set[str]) -> str:
    implied = _IMPLIED.get(condition, condition)
    return CONDITIONS.get(condition if implied in kept else implied, f'does not ask: {condition}')


def format_licences(inherited: Sequence[Inherited]) -> str:
    """A table to log, a line for each thing that a student comes from."""
    rows = [('from', 'licence', 'conditions'), *((str(one), one.licence.name, one.licence.asks) for one in inherited)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return '\n'.join(f'{who:{widths[0]}}  {licence:{widths[1]}}  {asks}' for who, licence, asks in rows)


def to_plain(inherited: Iterable[Inherited]) -> list[dict[str, Any]]:
    """As values that a checkpoint and JSON can hold; :func:`from_plain` reads them."""
    return [
        dict(
            kind=one.kind,
            name=one.name,
            license=one.licence.name,
            conditions=None if one.licence.conditions is None else list(one.licence.conditions),
            **(dict(of=one.of) if one.of else {}),
        )
        for one in inherited
    ]


def from_plain(plain: Any, where: object) -> tuple[Inherited, ...]:
    """Reads what :func:`to_plain` gave.

    Args:
        plain: The values.
        where: The file that they are from, for the message.

    Raises:
        ValueError: If they are damaged.
    """
    try:
        return tuple(
            Inherited(str(one['kind']), str(one['name']), _licence(one), str(one.get('of', ''))) for one in plain
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f'{where}: what it says of licences is damaged ({error!r}); write it again') from error


def _licence(plain: dict[str, Any]) -> Licence:
    """As it was when it was written, whatever is known of this licence now."""
    conditions, name = plain['conditions'], str(plain['license'])
    return Licence(name, None if conditions is None else tuple(map(str, conditions)), Licence.of(name).spdx)
