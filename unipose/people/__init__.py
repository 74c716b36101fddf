"""What is predicted of people: kept, drawn, steadied and written. Loads no torch."""

from .box_follower import BoxFollower
from .draw_people import draw_people
from .draw_skeleton import draw_skeleton
from .person import Keypoint, Person, people_to_json
from .person_score import person_score
from .predictor import Predictor
from .results import CocoResults, FrameLines, KeypointTable
from .smoothing import PeopleSmoother, unchanged
from .to_supervision import supervision_edges, to_supervision
from .tracking import PeopleTracker

__all__ = [
    'BoxFollower',
    'CocoResults',
    'FrameLines',
    'Keypoint',
    'KeypointTable',
    'PeopleSmoother',
    'PeopleTracker',
    'Person',
    'Predictor',
    'draw_people',
    'draw_skeleton',
    'people_to_json',
    'person_score',
    'supervision_edges',
    'to_supervision',
    'unchanged',
]
