"""The student that comes along: student.onnx, for photographs of people, and its card, README.md. Loads no torch."""

from .default_student import default_student
from .introduction import introduction

__all__ = ['default_student', 'introduction']
