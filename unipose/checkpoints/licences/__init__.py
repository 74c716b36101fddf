"""Licences of what a student comes from: found, carried along, and held against the one asked for the student."""

from .found import licences_of_config, licences_of_run, starts
from .inherited import Inherited, conflicts, format_licences, from_plain, to_plain
from .licence import CONDITIONS, NONE_STATED, Licence

__all__ = [
    'CONDITIONS',
    'NONE_STATED',
    'Inherited',
    'Licence',
    'conflicts',
    'format_licences',
    'from_plain',
    'licences_of_config',
    'licences_of_run',
    'starts',
    'to_plain',
]
