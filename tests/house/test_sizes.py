"""Small pieces: files of at most 250 lines, functions of at most 40, and half of the functions at most 10."""

import ast
from collections.abc import Iterator
from statistics import median

import pytest

from tests.house.source import Breach, app_files, breaches, parse

FILE_LINES, FUNCTION_LINES, MEDIAN_LINES = 250, 40, 10
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
"""File -> why it holds something longer."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def length(function: Function) -> int:
    """Lines from `def` to the end, docstring included, decorators not."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def network_constructors(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield the `__init__` of every class that is an nn.Module: it lists layers, and a list may be long."""
    modules = {"Module"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and modules & {_last_name(base) for base in node.bases}:
            modules.add(node.name)
            yield from (part for part in node.body if isinstance(part, Function) and part.name == "__init__")


def _last_name(base: ast.expr) -> str:
    return base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")


def functions(tree: ast.Module) -> list[Function]:
    """Return every function and method except network constructors."""
    spared = set(network_constructors(tree))
    return [node for node in ast.walk(tree) if isinstance(node, Function) and node not in spared]


def long_functions(tree: ast.Module) -> Iterator[Breach]:
    """Yield functions over the limit."""
    for function in functions(tree):
        if length(function) > FUNCTION_LINES:
            yield function.lineno, f"{function.name} has {length(function)} lines"


def test_no_file_is_too_long() -> None:
    sizes = {path.name: len(path.read_text("utf-8").splitlines()) for path in app_files()}
    assert {name: lines for name, lines in sizes.items() if lines > FILE_LINES and name not in LONG_FILES} == {}


def test_no_function_is_too_long() -> None:
    assert breaches(long_functions, LONG_FUNCTIONS) == []


def test_half_of_the_functions_are_short() -> None:
    lengths = [length(f) for path in app_files() for f in functions(parse(path))]
    assert median(lengths) <= MEDIAN_LINES, f"{len(lengths)} functions, longest {max(lengths)}"


@pytest.mark.parametrize(("base", "noticed"), [("nn.Module", 0), ("Base", 0), ("Thing", 1)])
def test_only_network_constructors_may_be_long(base: str, noticed: int) -> None:
    body = "\n".join("        pass" for _ in range(FUNCTION_LINES))
    tree = ast.parse(f"class Base(nn.Module): ...\nclass Net({base}):\n    def __init__(self):\n{body}")
    assert len(list(long_functions(tree))) == noticed


def test_a_function_of_41_lines_is_noticed_and_one_of_40_is_not() -> None:
    bodies = {lines: ast.parse("def f():\n" + "    pass\n" * (lines - 1)) for lines in (40, 41)}
    assert [len(list(long_functions(tree))) for tree in bodies.values()] == [0, 1]
