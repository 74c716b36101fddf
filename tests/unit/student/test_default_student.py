"""The student that comes along: found, introduced, and what is said where it is missing."""

from pathlib import Path

import pytest

from unipose.runtime import OnnxInferencer
from unipose.student import default_student, introduction

FACTS = dict(keypoint_names=['nose', 'left_eye'], skeleton='two', input_size=[192, 256])


def licence(name: str) -> dict:
    return dict(kind='source', name='some', license=name, conditions=[])


def test_it_is_found_where_it_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr('importlib.resources.files', lambda _: tmp_path)
    (tmp_path / 'student.onnx').touch()
    assert default_student() == tmp_path / 'student.onnx'


def test_a_copy_without_it_says_so_in_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr('importlib.resources.files', lambda _: tmp_path)
    with pytest.raises(FileNotFoundError, match='has no student of its own .*student.onnx.; name one that') as e:
        OnnxInferencer()
    assert '\n' not in str(e.value) and '--model student.onnx' in str(e.value)


def test_it_is_introduced_with_its_licences() -> None:
    facts = FACTS | dict(licences=[licence('research-only'), licence('Apache-2.0'), licence('research-only')])
    said = introduction(facts)
    assert said.startswith("unipose's own student: 2 keypoints of two, input 192x256; ")
    assert 'licences of what it learned from: Apache-2.0, research-only; its card: ' in said
    assert said.endswith('README.md') and '\n' not in said
    assert 'learned from: none stated;' in introduction(FACTS)
