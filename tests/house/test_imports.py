"""Who may import whom: the contracts in pyproject.toml hold, they notice a breach, and `import app` is cheap."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import APP, ROOT, Breach, breaches, imported_names

LINT = "import sys; from importlinter.cli import lint_imports; sys.path.insert(0, '.'); sys.exit(lint_imports({}))"


def check_contracts(folder: Path, options: str = "cache_dir=None") -> subprocess.CompletedProcess[str]:
    """Run import-linter on the tree in `folder`."""
    command = [sys.executable, "-c", LINT.format(options)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_contracts_hold() -> None:
    result = check_contracts(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_folder_is_a_package() -> None:
    """import-linter does not look into a folder without __init__.py, so nothing in it would be checked."""
    folders = {path.parent for path in APP.rglob("*.py")}
    assert [folder.name for folder in folders if not (folder / "__init__.py").is_file()] == []


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """A tree with our contracts and one empty file per layer, to plant breaches in."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "app.py", tmp_path)
    for layer in "ui figures labs evaluation training store data diffusion models core".split():
        (tmp_path / "app" / layer).mkdir(parents=True)
        (tmp_path / "app" / layer / "__init__.py").write_text("")
    for file in ("__init__", "__main__", "cli"):
        (tmp_path / "app" / f"{file}.py").write_text("")
    return tmp_path


def test_the_small_house_is_clean(small_house: Path) -> None:
    (small_house / "app/ui/build.py").write_text("import gradio, matplotlib\nimport app.figures.plot\n")
    (small_house / "app/figures/plot.py").write_text("import plotly\nimport app.labs.lab\n")
    (small_house / "app/labs/lab.py").write_text("from app import __version__\n")
    (small_house / "app/cli.py").write_text("import app.ui.build\n")
    result = check_contracts(small_house)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("core/a.py", "import app.data"),
        ("diffusion/a.py", "import app.models"),
        ("store/a.py", "def f():\n    import app.training"),
        ("labs/a.py", "from app import figures"),
        ("cli.py", "import app.ui"),
        ("ui/a.py", "import app.cli"),
        ("labs/a.py", "import gradio"),
        ("cli.py", "from gradio import Blocks"),
        ("evaluation/a.py", "from matplotlib.figure import Figure"),
        ("labs/a.py", "def f():\n    import plotly"),
        ("helpers/__init__.py", ""),
    ],
)
def test_a_breach_is_noticed(small_house: Path, file: str, text: str) -> None:
    path = small_house / "app" / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text + "\n")
    result = check_contracts(small_house)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout


def test_importing_the_package_is_cheap() -> None:
    report = "import sys, app; print(*sorted(set(sys.modules) & {'torch', 'numpy', 'gradio', 'matplotlib', 'PIL'}))"
    result = subprocess.run([sys.executable, "-c", report], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""


def test_importing_the_package_keeps_what_the_user_has_set() -> None:
    report = "import os, app; print(os.environ['GOMP_SPINCOUNT'], os.environ['GRADIO_ANALYTICS_ENABLED'])"
    environment = {k: v for k, v in os.environ.items() if k != "GRADIO_ANALYTICS_ENABLED"} | {"GOMP_SPINCOUNT": "7"}
    command = [sys.executable, "-c", report]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["7", "False"]


def lazy_imports_of_ours(tree: ast.Module) -> Iterator[Breach]:
    """Yield imports of `app` inside functions: under `gradio app.py` they find the script, not the package."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            names = imported_names(ast.Module(body=function.body, type_ignores=[])).values()
            yield from ((function.lineno, f"{function.name} imports {n}") for n in names if n.split(".")[0] == "app")


def test_nothing_behind_the_page_imports_the_package_inside_a_function() -> None:
    command_line = [APP / "cli.py", *APP.glob("cli/**/*.py")]
    allowed = {path.relative_to(ROOT).as_posix(): "never runs under `gradio app.py`" for path in command_line}
    assert breaches(lazy_imports_of_ours, allowed) == []


def postponed_annotations(tree: ast.Module) -> Iterator[Breach]:
    """Yield `from __future__ import annotations`: it turns shapes into text that nobody checks."""
    yield from ((1, name) for name in imported_names(tree).values() if name == "__future__.annotations")


def test_shapes_stay_checkable() -> None:
    assert breaches(postponed_annotations, {}) == []


def test_the_two_rules_about_imports_notice() -> None:
    assert len(list(lazy_imports_of_ours(ast.parse("def f():\n    from app.core import files")))) == 1
    assert len(list(postponed_annotations(ast.parse("from __future__ import annotations")))) == 1
