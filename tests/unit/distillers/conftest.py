"""Fixtures that the distillers' tests share."""

import pytest
from mmengine.logging import MessageHub

import unipose.registration  # noqa: F401  the compatibility patches must come before MMPose's modules
from tests.builders import write_teachers


@pytest.fixture(autouse=True)
def hub(request: pytest.FixtureRequest) -> MessageHub:
    """A message hub without another run's epoch, which schedules read."""
    return MessageHub.get_instance(request.node.nodeid)


@pytest.fixture(scope='module')
def entries(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Entries of two small teachers, of COCO and MPII, whose checkpoints are there."""
    return write_teachers(tmp_path_factory.mktemp('teachers'))
