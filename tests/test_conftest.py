import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

SKIPPING = """
import pytest

@pytest.mark.services
def test_of_a_service():
    pytest.skip("no server on this machine")

@pytest.mark.services
@pytest.mark.xfail(reason="known", strict=True)
def test_that_is_expected_to_fail():
    raise AssertionError

def test_of_nothing():
    pytest.skip("not a service")
"""


@pytest.mark.parametrize(
    ("required", "code", "summary"),
    [
        ("", 0, "2 skipped, 1 xfailed"),
        ("1", 1, "1 failed, 1 skipped, 1 xfailed"),
    ],
)
def test_skipped_services_are_named_or_fail(
    tmp_path: Path, required: str, code: int, summary: str
) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", "pyproject.toml"]
    command += ["-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    called = subprocess.run(
        command,
        cwd=ROOT,
        env={"TIDEGATE_REQUIRE_SERVICES": required, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert called.returncode == code, called.stdout + called.stderr
    assert summary in called.stdout
    assert "no server on this machine" in called.stdout
