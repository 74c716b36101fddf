"""The report: the worst first, a few examples, plain values with all of them."""

import json

from unipose.commands.check import KINDS, Finding
from unipose.commands.check.finding import LEVELS
from unipose.commands.check.result import CheckedSet, Report


def test_the_worst_comes_first_with_a_few_examples() -> None:
    found = [Finding('left-out', 'train', 'annotation 0', 'a crowd'), Finding('box-beyond', 'train', 'one', 'far')]
    found += [Finding('missing-image', 'train', f'{number}.jpg', 'gone') for number in range(5)]
    sets = [CheckedSet('train', 'a.json', 9, 8, 7), CheckedSet('val', 'b.json', 1, 1, None)]
    report = Report(sets, found, ['this'])
    text = report.to_text()
    assert text.startswith('train: 9 images, 8 people, 7 of them used: a.json\nval: 1 images, 1 people, none used')
    assert text.index('missing-image') < text.index('box-beyond') < text.index('left-out')
    assert '2.jpg: gone' in text and '3.jpg' not in text and '... 2 more' in text
    assert text.endswith('not checked: this\n5 faults, 1 suspicion, 1 note')
    written = json.loads(json.dumps(report.to_dict()))
    assert len(written['findings']) == 7
    assert written['findings'][1] == dict(level='suspicion', kind='box-beyond', split='train', where='one', what='far')


def test_kinds_are_ordered_by_level() -> None:
    levels = [LEVELS.index(kind.level) for kind in KINDS.values()]
    assert levels == sorted(levels)
