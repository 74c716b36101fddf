import re

import pytest

from unipose.teachers.networks import kind_of_entry

WRONG = [
    (dict(window='large'), 'window is a dict, such as'),
    (
        dict(window=dict(windows=(96, 96))),
        "window has unknown keys ['windows']; there are ['size', 'input_size', 'udp']",
    ),
    (dict(window=dict(size=96)), 'size of window is (width, height), whole pixels. Got: 96'),
    (dict(window=dict(size=(96.0, 96.0))), 'whole pixels. Got: (96.0, 96.0)'),
    (dict(window=dict(udp=2)), 'udp of window must be True or False. Got: 2'),
    (dict(adapter=0.4), 'adapter is a dict, such as adapter=dict(offset='),
    (dict(aliases=['neck']), 'aliases is a dict, such as'),
    (dict(output=3), 'output is a kind of output or a dict'),
    (dict(outputs=['heatmaps']), 'outputs is a dict, such as'),
    (dict(outputs=dict(heatmaps=0)), "outputs has the file's own names, heatmaps=... Got: 0"),
    (dict(keypoints='nose'), "keypoints is a list of names. Got: 'nose'"),
    (dict(keypoints=5), 'keypoints is a list of names. Got: 5'),
    (dict(derived=dict(pelvis=1)), 'derived has two keypoints for each point'),
    (dict(onnx=['a.onnx']), 'onnx is the path of its network, or a name'),
]


@pytest.mark.parametrize(('values', 'says'), WRONG, ids=[str(values) for values, _ in WRONG])
def test_a_value_of_a_wrong_type_is_told(values: dict, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as told:
        kind_of_entry(dict(onnx='a.onnx', skeleton='coco') | values, "teacher 'x'")
    assert str(told.value).startswith("teacher 'x': ")


def test_the_window_was_once_called_a_view() -> None:
    entry = dict(onnx='a.onnx', view=dict(window=(96, 96)))
    with pytest.raises(ValueError, match=r"teacher 'x' has unknown keys \['view'\]: .* window=dict\(size=\.\.\., "):
        kind_of_entry(entry, "teacher 'x'")


@pytest.mark.parametrize('key', ['window', 'adapter', 'aliases', 'output', 'outputs', 'keypoints', 'derived'])
def test_none_is_as_if_left_out(key: str) -> None:
    assert kind_of_entry({'onnx': 'a.onnx', key: None}, 'a teacher').key == 'onnx'
