import os
import subprocess
import sys


def test_onnxruntime_reports_nothing_to_its_makers() -> None:
    """It must be told before it is loaded, so the package says so first of all."""
    asked = "import detectors.session, os, sys; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    environment = {name: one for name, one in os.environ.items() if "TELEMETRY" not in name}
    ran = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, env=environment
    )
    assert ran.stdout.strip() == "1"
