"""Names in a COCO file are compared with those that its dataset publishes."""

from unipose.commands.check.annotated_set import AnnotatedSet
from unipose.commands.check.keypoint_names import check_names
from unipose.skeletons import load_skeleton


def told(names: list[str]) -> list[str]:
    """What is found in an LSP file with these names."""
    into = AnnotatedSet('lsp', load_skeleton('lsp'))
    check_names([dict(name='person', keypoints=names)], into)
    return [f'{finding.kind}: {finding.what}' for finding in into.findings]


def test_published_names_are_right() -> None:
    assert not told(list(load_skeleton('lsp').published))


def test_another_name_is_found() -> None:
    (found,) = told([*load_skeleton('lsp').published[:13], 'tail'])
    assert 'keypoint-names' in found and 'in the skeleton: tail' in found and 'in the file: head_top' in found
