"""Names in a COCO file are compared with those that its dataset publishes."""

from unipose.files.coco.categories import check_names
from unipose.skeletons import load_skeleton

LSP = load_skeleton('lsp')


def told(names: list[str]) -> list[str]:
    """What is found in an LSP file with these names."""
    found: list[str] = []
    check_names([dict(name='person', keypoints=names)], LSP, lambda kind, _, what: found.append(f'{kind}: {what}'))
    return found


def test_published_names_are_right_and_our_own() -> None:
    assert not told(list(LSP.published))
    assert not told([name.replace('_', ' ').upper() for name in LSP.names])


def test_another_name_is_odd_and_many_others_are_another_skeleton() -> None:
    (found,) = told([*LSP.published[:13], 'tail'])
    assert 'other-names' in found and 'in the skeleton: tail' in found and 'in the file: head_top' in found
    (found,) = told([*LSP.published[:6], *'abcdefgh'])
    assert found.startswith('keypoint-names')
    (found,) = told(list(LSP.published[:13]))
    assert found.startswith('keypoint-names: 13 keypoints, 14 in skeleton')


def test_another_order_is_wrong() -> None:
    (found,) = told(list(LSP.published[::-1]))
    assert found.startswith('keypoint-order: counted from 0: 0 ')
