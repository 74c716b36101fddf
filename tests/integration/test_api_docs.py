"""docs/api.md: its program, block by block, as it stands."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unipose.checkpoints.locate import REPOSITORY
from unipose.skeletons import load_skeleton

BLOCKS = re.findall(r'```python\n(.*?)```', (REPOSITORY / 'docs/api.md').read_text(), re.S)


@pytest.fixture(scope='module')
def program(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the blocks leave behind, in an empty folder that has what is in the repository."""
    folder = tmp_path_factory.mktemp('api')
    for name in ('configs', 'docs', 'teachers'):
        (folder / name).symlink_to(REPOSITORY / name)
    names: dict[str, Any] = dict(folder=folder)
    with pytest.MonkeyPatch.context() as patch, pytest.warns(UserWarning, match='own student.* its card'):
        patch.chdir(folder)
        for block in BLOCKS:
            exec(compile(block, 'docs/api.md', 'exec'), names)
    return names


def test_people_are_looked_at(program: dict[str, Any]) -> None:
    assert len(program['people']) == 2 and 0.5 < program['nose'].score < 1
    assert (program['folder'] / 'work_dirs/api/astronaut.jpg').is_file()


def test_a_config_to_read_is_what_was_trained(program: dict[str, Any]) -> None:
    work_dir: Path = program['folder'] / 'work_dirs/api'
    assert (work_dir / 'epoch_3.pth').is_file() and program['trained'].config.name == 'distill.py'
    text = (work_dir / 'distill.py').read_text()
    assert text.startswith('"""21 keypoints, taught by coco, mpii on coco, mpii; written by unipose.distill.')
    assert 'max_epochs=2' in text and len(text.splitlines()) < 250


def test_scores_are_those_of_the_last_validation(program: dict[str, Any]) -> None:
    during, after = program['trained'].scores, program['scores']
    assert set(during) == set(after) and 'coco/AP' in after
    assert during['coco/PCK@0.05sqrt(area)'] == pytest.approx(after['coco/PCK@0.05sqrt(area)'], abs=0.5)


def test_the_exported_student_says_the_same(program: dict[str, Any]) -> None:
    person, same = program['person'], program['same']
    assert person.names == same.names == load_skeleton('coco+mpii').names
    np.testing.assert_allclose(person.scores, same.scores, atol=1e-3)
    np.testing.assert_allclose(person['nose'][:2], same['nose'][:2], atol=2)
