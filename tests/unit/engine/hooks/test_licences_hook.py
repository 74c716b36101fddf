import logging
from types import SimpleNamespace

import pytest
from mmengine.config import Config

from unipose.checkpoints.licences import Inherited, Licence, to_plain
from unipose.engine.hooks import LicencesHook

EARLIER = [Inherited('source', 'coco', Licence.of('cc-by-4.0')), Inherited('teacher', 'gone', Licence.of('gpl-3.0'))]


def begun(resume: bool, meta: dict, **source: str) -> tuple[LicencesHook, SimpleNamespace]:
    sources = dict(coco=dict(skeleton='coco', **source), mpii=dict(license='research-only'))
    config = Config(dict(model=dict(), train_dataloader=dict(dataset=dict(sources=sources)), resume=resume))
    hook, runner = LicencesHook(), SimpleNamespace(cfg=config, logger=logging.getLogger('test'))
    hook.before_run(runner)
    hook.after_load_checkpoint(runner, dict(meta=meta))
    return hook, runner


def written(hook: LicencesHook, runner: SimpleNamespace) -> list[tuple[str, str]]:
    checkpoint = dict(meta=dict(epoch=1))
    hook.before_save_checkpoint(runner, checkpoint)
    assert checkpoint['meta']['epoch'] == 1
    return [(one['name'], one['license']) for one in checkpoint['meta']['licences']]


def test_a_resumed_run_forgets_nothing_that_it_learned_from(caplog: pytest.LogCaptureFixture) -> None:
    hook, runner = begun(True, dict(licences=to_plain(EARLIER)), license='cc-by-4.0')
    assert written(hook, runner) == [('coco', 'cc-by-4.0'), ('mpii', 'research-only'), ('gone', 'gpl-3.0')]
    with caplog.at_level(logging.INFO, 'test'):
        hook.before_train(runner)
    (said,) = caplog.messages
    assert said.startswith('what the student comes from:\nfrom') and "teacher 'gone'  gpl-3.0" in said


@pytest.mark.parametrize(('resume', 'meta'), [(False, dict(licences=to_plain(EARLIER))), (True, {})])
def test_others_have_what_their_config_says(resume: bool, meta: dict) -> None:
    assert written(*begun(resume, meta)) == [('coco', 'none stated'), ('mpii', 'research-only')]


def test_a_student_of_nothing_has_no_table(caplog: pytest.LogCaptureFixture) -> None:
    runner = SimpleNamespace(cfg=Config(dict(model=dict())), logger=logging.getLogger('test'))
    hook = LicencesHook()
    hook.before_run(runner)
    hook.before_train(runner)
    assert not caplog.messages and written(hook, runner) == []
