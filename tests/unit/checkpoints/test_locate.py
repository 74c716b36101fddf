"""Where relative paths of configs are looked for, in a repository and as a wheel installs it."""

import runpy
import shutil
from pathlib import Path

import pytest

from unipose.checkpoints import locate


def as_installed(site_packages: Path) -> dict:
    """The names of a copy of the module that lies as a wheel puts it, with configs in the package."""
    folder = site_packages / 'unipose/checkpoints'
    folder.mkdir(parents=True)
    (site_packages / 'unipose/configs').mkdir()
    return runpy.run_path(shutil.copy(locate.__file__, folder))


def test_in_a_repository_all_is_there_wherever_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (locate.REPOSITORY / 'setup.py').is_file() and locate.home() == locate.REPOSITORY
    assert locate.locate_file('configs/distill_small.py', 'config') == locate.REPOSITORY / 'configs/distill_small.py'
    assert locate.guide('data/README.md') == str(locate.REPOSITORY / 'data/README.md')
    monkeypatch.chdir(locate.REPOSITORY)
    assert locate.guide('data/README.md') == 'data/README.md'


def test_of_a_wheel_the_package_has_what_comes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = as_installed(tmp_path / 'packages')
    (tmp_path / 'here').mkdir()
    monkeypatch.chdir(tmp_path / 'here')
    assert names['REPOSITORY'] == tmp_path / 'packages/unipose' and names['home']() == tmp_path / 'here'
    shipped = tmp_path / 'packages/unipose/configs/small.py'
    shipped.touch()
    assert names['locate_file']('configs/small.py', 'config') == shipped
    Path('configs').mkdir()
    Path('configs/small.py').touch()
    assert names['locate_file']('configs/small.py', 'config') == tmp_path / 'here/configs/small.py'


def test_a_missing_file_is_told_with_where_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        locate.locate_file('none.json', 'calibration')
    said = str(caught.value)
    assert said.startswith(f'calibration not found: none.json; there is no {tmp_path / "none.json"} and no ')
    assert str(locate.REPOSITORY / 'none.json') in said
