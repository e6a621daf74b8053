"""Plain JSON values to frozen dataclasses, strictly: a missing, extra or wrongly typed field is named."""

from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from app.core.errors import BadCheckpoint, BadRequest

Made = TypeVar("Made")

HINT = "Fetch card.json and weights.safetensors again, or retrain."


def from_dict(kind: type[Made], values: Any, where: str) -> Made:
    """Build the dataclass `kind` from parsed JSON.

    Raises BadCheckpoint that says which field of `where` is off, or why the values do not go together.
    """
    if not isinstance(values, dict):
        raise _bad(where, "is not a table of fields")
    types = get_type_hints(kind)
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    for name in values:
        if name not in known:
            raise _bad(where, f"has an unknown field '{name}'")
    for name, field in known.items():
        if name not in values and field.default is MISSING and field.default_factory is MISSING:
            raise _bad(where, f"lacks the field '{name}'")
    made = {name: _value(types[name], value, f"{where}.{name}") for name, value in values.items()}
    try:
        return kind(**made)
    except BadRequest as error:
        raise BadCheckpoint(f"{where} cannot be used: {error.message}", hint=HINT) from error


def _value(kind: Any, value: Any, where: str) -> Any:
    origin = get_origin(kind)
    if is_dataclass(kind):
        return from_dict(kind, value, where)  # type: ignore[arg-type]
    if origin in (Union, UnionType):
        options = [option for option in get_args(kind) if option is not type(None)]
        return None if value is None else _value(options[0], value, where)
    if origin is Literal:
        return _literal(get_args(kind), value, where)
    if origin is tuple:
        return _items(get_args(kind)[0], value, where)
    if origin is dict or kind is Any:
        if origin is dict and not isinstance(value, dict):
            raise _bad(where, "is not a table of fields")
        return value
    return _scalar(kind, value, where)


def _literal(options: tuple[Any, ...], value: Any, where: str) -> Any:
    if value not in options:
        raise _bad(where, f"is {value!r}, but must be one of {', '.join(map(str, options))}")
    return value


def _items(kind: Any, value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _bad(where, "is not a list")
    return tuple(_value(kind, item, where) for item in value)


def _scalar(kind: type, value: Any, where: str) -> Any:
    whole_as_float = kind is float and isinstance(value, int) and not isinstance(value, bool)
    if not whole_as_float and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        raise _bad(where, f"is {value!r}, but must be of type {kind.__name__}")
    try:
        return kind(value)
    except OverflowError as error:
        raise _bad(where, "is too large a number") from error


def _bad(where: str, what: str) -> BadCheckpoint:
    return BadCheckpoint(f"{where} {what}.", hint=HINT)
