"""Every code that the engine uses stands in the one table."""

import ast
import json
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "loraloom_engine"
TABLE = Path(__file__).parents[3] / "errors" / "src" / "codes.json"
RAISERS = {"EngineError", "SkippedError", "Error"}


def used_codes() -> set[str]:
    codes = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RAISERS:
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    codes.add(first.value)
    return codes


def test_every_code_is_in_the_table():
    assert "non_finite_loss" in used_codes()
    assert used_codes() <= json.loads(TABLE.read_text()).keys()
