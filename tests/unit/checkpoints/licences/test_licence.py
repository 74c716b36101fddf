import pytest

from unipose.checkpoints.licences import CONDITIONS, NONE_STATED, Licence
from unipose.checkpoints.licences.licence import _OTHERS, _SPDX


@pytest.mark.parametrize(
    ('name', 'spdx', 'conditions'),
    [
        ('apache-2.0', 'Apache-2.0', ('attribution',)),
        ('Apache License, Version 2.0', 'Apache-2.0', ('attribution',)),
        ('CC BY-NC-SA 4.0', 'CC-BY-NC-SA-4.0', ('attribution', 'share alike', 'non-commercial')),
        ('agpl-3.0-or-later', 'AGPL-3.0', ('attribution', 'share alike')),
        ('Sapiens2 License', None, ('attribution', 'share alike', 'restricted uses')),
        ('research only', None, ('research only',)),
        ('cc-by-nc-2.5', None, None),
        ('ask Jane', None, None),
    ],
)
def test_names_in_any_spelling_and_free_text(name: str, spdx: str | None, conditions: tuple | None) -> None:
    licence = Licence.of(name)
    assert (licence.name, licence.spdx, licence.conditions) == (name, spdx, conditions)
    assert licence.is_stated


def test_the_table_uses_its_own_words_and_confuses_no_two() -> None:
    tables = {**_SPDX, **_OTHERS}
    assert {condition for conditions in tables.values() for condition in conditions} <= set(CONDITIONS)
    assert len({Licence.of(name).key for name in tables}) == len(tables)
    assert all(Licence.of(name).conditions == conditions for name, conditions in tables.items())


@pytest.mark.parametrize('spec', [None, '', ' ', 'unknown', 'None stated'])
def test_none_stated(spec: str | None) -> None:
    assert Licence.of(spec) is NONE_STATED and not NONE_STATED.is_stated and NONE_STATED.asks == 'not known'


def test_conditions_may_be_said() -> None:
    licence = Licence.of(dict(name='terms of ours', conditions=['non-commercial', 'attribution']))
    assert licence.asks == 'non-commercial, attribution' and licence.spdx is None
    assert Licence.of(dict(name='MIT', conditions=[])) == Licence('MIT', (), 'MIT')  # what is said counts
    assert Licence.of(dict(name='MIT')) == Licence.of('MIT')


@pytest.mark.parametrize(
    ('spec', 'message'),
    [
        (3, r"^teacher 'a': a licence is its name.*Got: 3"),
        (['mit'], 'a licence is its name'),
        (dict(conditions=['attribution']), 'a licence is its name'),
        (dict(name='a', condition=['attribution']), 'a licence is its name'),
        (dict(name='a', conditions='attribution'), 'a licence is its name'),
        (
            dict(name='a', conditions=['commercial']),
            r"unknown conditions \['commercial'\] of 'a'; there are.*'non-comm",
        ),
    ],
)
def test_mistakes(spec: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Licence.of(spec, "teacher 'a'")


def test_as_text() -> None:
    assert str(Licence.of('cc-by-nc-4.0')) == 'cc-by-nc-4.0 (attribution, non-commercial)'
    assert [str(Licence.of(name)) for name in ('research-only', 'synthetic', None, 'x')] == [
        'research-only',
        'synthetic',
        'none stated',
        'x (conditions not known)',
    ]
