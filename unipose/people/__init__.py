"""What is predicted of people: kept, drawn, steadied and written. Loads no torch."""

from .draw_people import draw_people
from .draw_skeleton import draw_skeleton
from .person import Keypoint, Person, people_to_json
from .person_score import person_score
from .predictor import Predictor
from .results import CocoResults, FrameLines, KeypointTable
from .smoothing import PeopleSmoother, unsmoothed
from .to_supervision import supervision_edges, to_supervision

__all__ = [
    'CocoResults',
    'FrameLines',
    'Keypoint',
    'KeypointTable',
    'PeopleSmoother',
    'Person',
    'Predictor',
    'draw_people',
    'draw_skeleton',
    'people_to_json',
    'person_score',
    'supervision_edges',
    'to_supervision',
    'unsmoothed',
]
