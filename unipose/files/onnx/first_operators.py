"""What an ONNX file does with its input first, read from its bytes: onnxruntime does not say, and onnx is heavy."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

_GRAPH, _NODE = 7, 1  # fields of ModelProto and GraphProto
_INPUT, _OUTPUT, _OPERATOR = 1, 2, 4  # of NodeProto
_BYTES = 2  # the wire type of strings and messages
_FIXED = {1: 8, 5: 4}  # bytes of the others, but for 0, which ends by itself


def first_operators(file: str | Path, name: str) -> set[str]:
    """The operators that take an input, such as ``{'Conv'}``; conversions of its type are looked through.

    Args:
        file: The ONNX file, which onnxruntime has loaded.
        name: Of the input.

    Returns:
        Names of operators; none where the file is in another format than ONNX's.

    Source:
        https://github.com/onnx/onnx/blob/main/onnx/onnx.proto and https://protobuf.dev/programming-guides/encoding
    """
    found, same = set(), {name.encode()}
    with Path(file).open('rb') as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
        try:
            for node in _nodes(content):
                if same & set(node[_INPUT]):
                    if node[_OPERATOR] == [b'Cast']:
                        same.update(node[_OUTPUT])
                    else:
                        found.update(operator.decode() for operator in node[_OPERATOR])
        except (IndexError, ValueError):
            return set()
    return found


def _nodes(content: mmap.mmap) -> Iterator[dict[int, list[bytes]]]:
    for graph, start, end in _fields(content, 0, len(content)):
        for field, *of_node in _fields(content, start, end) if graph == _GRAPH else ():
            if field == _NODE:
                node: dict[int, list[bytes]] = {_INPUT: [], _OUTPUT: [], _OPERATOR: []}
                for part, first, last in _fields(content, *of_node):
                    if part in node:
                        node[part].append(content[first:last])
                yield node


def _fields(content: mmap.mmap, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, first byte and end of the strings and messages in a message; numbers are passed over."""
    while start < end:
        key, start = _number(content, start)
        kind = key & 7
        if kind == 0:
            start = _number(content, start)[1]
        elif kind == _BYTES:
            length, start = _number(content, start)
            if start + length > end:
                raise ValueError('a message that is longer than what holds it')
            yield key >> 3, start, start + length
            start += length
        elif kind in _FIXED:
            start += _FIXED[kind]
        else:
            raise ValueError(f'no kind of field of ONNX: {kind}')


def _number(content: mmap.mmap, start: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where the next field begins."""
    value, shift = 0, 0
    while True:
        byte = content[start]
        start += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, start
        shift += 7
