"""What was found, as text and as plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from .finding import KINDS, LEVELS, Finding

_EXAMPLES = 3


@dataclass(frozen=True)
class CheckedSet:
    """A set, in numbers.

    Args:
        name: Split and source.
        file: The annotation file.
        images: Entries of images that can be read.
        people: Annotations of people that can be read.
        used: People that training, or validation, draws from; None if the set cannot be loaded.
    """

    name: str
    file: str
    images: int
    people: int
    used: int | None


@dataclass(frozen=True)
class Report:
    """All that was found.

    Args:
        sets: The sets.
        findings: Whatever was found in them.
        unchecked: What could not be checked.
    """

    sets: list[CheckedSet]
    findings: list[Finding]
    unchecked: list[str]

    def count(self, level: str) -> int:
        """How many findings there are of a level."""
        return sum(KINDS[finding.kind].level == level for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON file, with every finding."""
        findings = [dict(level=KINDS[finding.kind].level, **finding._asdict()) for finding in self.findings]
        return dict(sets=[asdict(one) for one in self.sets], unchecked=self.unchecked, findings=findings)

    def to_text(self) -> str:
        """A table of kinds, with the first examples of each."""
        lines = [_described(one) for one in self.sets]
        for kind, (level, title, advice) in KINDS.items():
            found = [finding for finding in self.findings if finding.kind == kind]
            if not found:
                continue
            lines += ['', f'{level:9}  {len(found):6}  {kind}: {title}']
            shown = [] if level == 'note' else found[:_EXAMPLES]
            lines += [f'{"":19}{finding.split}: {finding.where}: {finding.what}' for finding in shown]
            if 0 < len(shown) < len(found):
                lines.append(f'{"":19}... {len(found) - len(shown)} more, in the file of --json')
            lines += [f'{"":19}-> {advice}']
        lines += ['', *(f'not checked: {what}' for what in self.unchecked)]
        counts = {level: self.count(level) for level in LEVELS}
        total = ', '.join(f'{count} {level}{"s" * (count != 1)}' for level, count in counts.items())
        return '\n'.join([*lines, total])


def _described(one: CheckedSet) -> str:
    used = 'none used: it cannot be loaded' if one.used is None else f'{one.used} of them used'
    return f'{one.name}: {one.images} images, {one.people} people, {used}: {one.file}'
