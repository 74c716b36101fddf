import json

import pytest

from unipose.checkpoints.licences import Inherited, Licence, conflicts, format_licences, from_plain, to_plain

COCO = Inherited('source', 'coco', Licence.of('cc-by-4.0'))
MPII = Inherited('source', 'mpii', Licence.of('research-only'))
SHARED = Inherited('teacher', 'shared', Licence.of('cc-by-nc-sa-4.0'))
OWN = Inherited('teacher', 'own', Licence.of('ask Jane'))
UNSTATED = Inherited('start', 'a.pth', Licence.of(None))


def found(asked: str, *inherited: Inherited) -> list[str]:
    return [sentence.partition(f'asks for {asked}, which ')[2] for sentence in conflicts(Licence.of(asked), inherited)]


@pytest.mark.parametrize(
    ('asked', 'reasons'),
    [
        ('apache-2.0', ['allows commercial use', 'is another licence and allows commercial use']),
        ('cc-by-nc-4.0', ['allows more than research', 'is another licence']),
        ('CC BY-NC-SA 4.0', ['allows more than research']),
        ('gpl-3.0', ['allows commercial use', 'allows commercial use and is another licence']),
    ],
)
def test_what_restricts_more_than_is_asked(asked: str, reasons: list[str]) -> None:
    assert found(asked, COCO, MPII, SHARED, OWN, UNSTATED) == reasons


def test_a_sentence_says_who_and_what() -> None:
    assert conflicts(Licence.of('mit'), [MPII.handed_on_by("teacher 'union'"), SHARED]) == [
        "source 'mpii' of teacher 'union' is research-only, and the card asks for mit, which allows commercial use",
        "teacher 'shared' is cc-by-nc-sa-4.0 (share alike, non-commercial), and the card asks for mit, "
        'which is another licence and allows commercial use',
    ]


@pytest.mark.parametrize('asked', ['unknown', 'ask Jane'])
def test_what_is_not_known_is_not_compared(asked: str) -> None:
    assert not found(asked, MPII, SHARED)


def test_conditions_that_a_user_says_count() -> None:
    own = Inherited('source', 'own', Licence.of(dict(name='ours', conditions=['non-commercial', 'attribution'])))
    assert found('mit', own) == ['allows commercial use'] and found('cc0-1.0', own)[0].count(' and ') == 1
    assert not found('cc-by-nc-4.0', own)


def test_they_come_back_from_json() -> None:
    every = (COCO, MPII.handed_on_by("teacher 'union'"), SHARED, OWN, UNSTATED)
    assert from_plain(json.loads(json.dumps(to_plain(every))), 'a.pth') == every


def test_conditions_stay_what_they_were_when_written() -> None:
    (one,) = from_plain([dict(kind='teacher', name='a', license='MIT', conditions=['of tomorrow'])], 'a.pth')
    assert one.licence.conditions == ('of tomorrow',)
    assert conflicts(Licence.of('mit'), [one])[0].endswith('which does not ask: of tomorrow')


@pytest.mark.parametrize('plain', [3, ['a'], [dict(kind='teacher')], [dict(kind='a', name='b', license='c')]])
def test_damage_says_whose(plain: object) -> None:
    with pytest.raises(ValueError, match=r'^a\.pth: what it says of licences is damaged'):
        from_plain(plain, 'a.pth')


def test_handed_on_twice() -> None:
    assert (
        str(COCO.handed_on_by("teacher 'a'").handed_on_by("teacher 'b'"))
        == "source 'coco' of teacher 'a' of teacher 'b'"
    )


def test_the_table_is_aligned() -> None:
    assert format_licences([SHARED, UNSTATED]).splitlines() == [
        'from              licence          conditions',
        "teacher 'shared'  cc-by-nc-sa-4.0  attribution, share alike, non-commercial",
        "start 'a.pth'     none stated      not known",
    ]
