"""Asking a peer. In: cases as plain data. Out: its answers, as plain data.
One reason to exist: peers need older libraries, so each runs in the Python of `.venv-peers`.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / ".venv-peers" / "bin" / "python"


def ask(peer: str, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What `run_<peer>.py` answers to each case.

    Raises:
        RuntimeError: the environment is missing, or the peer failed; with its last words.
    """
    if not PYTHON.exists():
        raise RuntimeError(f"{PYTHON} is missing: run `make verify`, which makes it")
    command = [PYTHON, HERE / f"run_{peer}.py"]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{peer} failed:\n{done.stderr[-2000:]}")
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers
