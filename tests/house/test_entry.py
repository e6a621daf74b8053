"""The front door is trivial: app.py builds the page and launches it, and everything else lives in the package."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT

ENTRY = (ROOT / "app.py").read_text("utf-8")


def surprises(source: str) -> list[str]:
    """Return the statements of an entry script that are not its docstring, imports, `demo = build_demo()`, guards."""
    docstring, *body = ast.parse(source).body
    return ([] if _is_text(docstring) else [ast.unparse(docstring)]) + _surprises(body)


def _surprises(body: list[ast.stmt]) -> list[str]:
    found = []
    for statement in body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test).startswith("__name__ "):
            found += _surprises(statement.body + statement.orelse)
        elif ast.unparse(statement) not in ("demo = build_demo()", "demo.launch(**LAUNCH)") and not _is_import(
            statement
        ):
            found.append(ast.unparse(statement))
    return found


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def test_the_entry_script_holds_nothing_of_its_own() -> None:
    assert surprises(ENTRY) == []


def test_more_than_that_is_noticed() -> None:
    assert surprises('"""Text."""\nimport os\nos.environ["A"] = "1"\ndef f(): ...') == [
        "os.environ['A'] = '1'",
        "def f():\n    ...",
    ]


@pytest.mark.parametrize(
    ("run_as", "imports_page", "launches"),
    [
        ("__mp_main__", False, False),
        ("reloaded", True, False),
        ("__main__", True, True),
    ],
)
def test_worker_processes_do_not_build_the_page(
    run_as: str, imports_page: bool, launches: bool, tmp_path: Path
) -> None:
    """With stand-ins for the page: a worker imports nothing, a reloader builds, only the script launches."""
    (tmp_path / "app/ui").mkdir(parents=True)
    page = "LAUNCH = {'port': 1}\nclass Demo:\n    def launch(self, port): print('launched', port)\n"
    (tmp_path / "app/ui/build.py").write_text(page + "def build_demo():\n    print('built')\n    return Demo()\n")
    run = f"import runpy, sys; sys.path.insert(0, {str(tmp_path)!r}); "
    run += f"runpy.run_path({str(ROOT / 'app.py')!r}, run_name={run_as!r})"
    command = [sys.executable, "-P" if sys.version_info >= (3, 11) else "-s", "-c", run]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["built"] * imports_page + ["launched", "1"] * launches
