"""Reading source code without running it: the names that calls really mean, and how long things are."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
Breach = tuple[int, str]
"""A line number and what is wrong there."""
Rule = Callable[[ast.Module], Iterator[Breach]]


def app_files() -> list[Path]:
    """Return every Python file of the package."""
    return sorted(APP.rglob("*.py"))


def parse(path: Path) -> ast.Module:
    """Read one file as a syntax tree; a SyntaxError names the file."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def breaches(rule: Rule, allowed: dict[str, str]) -> list[str]:
    """Return what breaks a rule in the package, as 'file:line what'; `allowed` maps a file to the reason."""
    found = []
    for path in app_files():
        name = path.relative_to(ROOT).as_posix()
        if name not in allowed:
            found += [f"{name}:{line} {what}" for line, what in rule(parse(path))]
    return found


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return local name -> dotted name, for every import in the file: {'F': 'torch.nn.functional'}."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.split(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def dotted(node: ast.expr, names: dict[str, str]) -> str | None:
    """Return the full name an expression means ('torch.nn.functional.dropout'), or None if no import leads there."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and (base := dotted(node.value, names)):
        return f"{base}.{node.attr}"
    return None


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str | None]]:
    """Yield every call with the full name of what is called (None for methods of values)."""
    names = imported_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func, names)


def has_keyword(call: ast.Call, name: str) -> bool:
    """Whether a call passes `name=` something other than the constant None."""
    given = [k.value for k in call.keywords if k.arg == name]
    return bool(given) and not (isinstance(given[0], ast.Constant) and given[0].value is None)
