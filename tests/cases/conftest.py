"""Makes the scripts that build the ready cases importable."""

import sys
from pathlib import Path

CASES = Path(__file__).parents[2] / "cases"
sys.path.insert(0, str(CASES / "build"))
