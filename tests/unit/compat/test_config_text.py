from mmengine.config import Config

from unipose import compat
from unipose.compat.config_text import formatted_once


def test_a_text_is_formatted_once() -> None:
    asked = []
    remembered = formatted_once(lambda text, style_config: asked.append(text) or (text.upper(), True))
    style = dict(based_on_style='pep8')
    assert [remembered(text, style_config=style)[0] for text in ('a', 'a', 'b')] == ['A', 'A', 'B']
    assert remembered('b', style_config=dict(based_on_style='google'))[0] == 'B'
    assert asked == ['a', 'b', 'b']


def test_a_changed_config_has_another_text() -> None:
    assert 'mmengine_formats_a_config_each_time' in {patch.name for patch in compat.active()}
    config = Config(dict(lr=1))
    assert config.pretty_text == 'lr = 1\n'
    config.lr = 2
    assert config.pretty_text == 'lr = 2\n'
