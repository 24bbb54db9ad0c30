import pytest

from detectors.text.risk.detector import TextRisk


@pytest.fixture(scope="session")
def text_risk() -> TextRisk:
    return TextRisk(threads=1)
