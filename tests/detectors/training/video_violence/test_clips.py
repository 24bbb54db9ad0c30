import pytest

pytest.importorskip("sklearn")

from detectors.training.video_violence.clips import origins

LISTING = """https://video.example/a
fi001: 0.13.50 - 0.15.60
nofi001: 2.34.70 - 2.37.80
https://video.example/b
fi002: 0.28.30 - 0.30.50
https://video.example/c
fi003: 0.58.40 - 1.00.40
fi002: 0.58.40 - 1.00.40
"""


def test_clips_of_one_video_have_one_origin() -> None:
    origin = origins(LISTING)
    assert origin["fi001"] == origin["nofi001"]
    assert origin["fi001"] != origin["fi002"]


def test_videos_that_share_a_clip_are_one_origin() -> None:
    origin = origins(LISTING)
    assert origin["fi002"] == origin["fi003"]
    assert len(set(origin.values())) == 2
