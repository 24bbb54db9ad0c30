import pytest

from detectors.text_risk import TextRisk


@pytest.fixture(scope="session")
def text_risk() -> TextRisk:
    return TextRisk(threads=1)
