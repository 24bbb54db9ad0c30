import numpy as np

from detectors.image.ocr.boxes import Corners
from detectors.image.ocr.order import ordered


def box(left: float, top: float, width: float, height: float) -> Corners:
    right, bottom = left + width, top + height
    return np.array(((left, top), (right, top), (right, bottom), (left, bottom)), np.float32)


def turned(corners: Corners, angle_deg: float) -> Corners:
    angle = np.radians(angle_deg)
    turn = np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    return np.asarray(corners @ turn.T, np.float32)


COLUMNS = [box(300, 0, 200, 20), box(0, 30, 200, 20), box(0, 0, 200, 20), box(300, 30, 200, 20)]


def test_columns_one_after_the_other() -> None:
    assert ordered(COLUMNS) == [[[2], [1]], [[0], [3]]]


def test_whichever_way_the_picture_is_turned() -> None:
    for angle_deg in (5, 90, 178, 270):
        assert ordered([turned(one, angle_deg) for one in COLUMNS]) == [[[2], [1]], [[0], [3]]]


def test_pieces_of_a_line_stand_on_one_row() -> None:
    assert ordered([box(110, 2, 90, 20), box(0, 0, 100, 20)]) == [[[1, 0]]]


def test_nothing() -> None:
    assert ordered([]) == []
