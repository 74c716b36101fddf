"""Where the student that comes along lies."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def default_student() -> Path:
    """The ONNX file of the student that comes with unipose.

    Raises:
        FileNotFoundError: If this copy of unipose has none.
    """
    file = Path(str(resources.files(__package__) / 'student.onnx'))
    if not file.is_file():
        raise FileNotFoundError(
            f'this copy of unipose has no student of its own ({file}); name one that '
            "`unipose export` wrote: unipose-run photos --model student.onnx, OnnxInferencer('student.onnx')"
        )
    return file
