"""What configs and tools import: compat first, then every module that registers something with MMPose.

Configs name it as `custom_imports = dict(imports=['unipose.registration'])`.
"""

from unipose import compat

compat.apply()

import mmpose.registry  # noqa: E402, F401

import unipose.batches.loaders  # noqa: E402, F401
import unipose.caching  # noqa: E402, F401
import unipose.datasets.halpe_body_dataset  # noqa: E402, F401
import unipose.datasets.person_box_dataset  # noqa: E402, F401
import unipose.datasets.photometric_preprocessor  # noqa: E402, F401
import unipose.datasets.transforms  # noqa: E402, F401
import unipose.datasets.unified_keypoint_dataset  # noqa: E402, F401
import unipose.datasets.view_sampler  # noqa: E402, F401
import unipose.datasets.whole_picture_dataset  # noqa: E402, F401
import unipose.datasets.yolo_pose_dataset  # noqa: E402, F401
import unipose.distillers  # noqa: E402, F401
import unipose.engine.hooks  # noqa: E402, F401
import unipose.engine.optim  # noqa: E402, F401
import unipose.evaluation  # noqa: E402, F401
import unipose.files.whole_backend  # noqa: E402, F401
import unipose.losses  # noqa: E402, F401
import unipose.teachers.adapters  # noqa: E402, F401
import unipose.teachers.backbones  # noqa: E402, F401
import unipose.teachers.teacher_estimator  # noqa: E402, F401
import unipose.visualization.training_pictures_hook  # noqa: E402, F401
