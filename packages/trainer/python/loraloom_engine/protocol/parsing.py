"""Strict parsing of JSON objects into dataclasses, driven by their type hints.

A field without a default is required, an unknown field is refused, and no value is
converted (but a JSON integer may stand for a float). Covers what the protocol uses:
strings, numbers, booleans, Literal, unions with None, lists, string-keyed dicts,
nested dataclasses, unions of dataclasses that ``type`` tells apart, and Annotated bounds.
"""

import dataclasses
import math
import types
import typing
from dataclasses import dataclass
from typing import Any, Union

from loraloom_engine.errors import EngineError


@dataclass(frozen=True)
class Bounds:
    """Inclusive limits of a number or, for strings and lists, of its length."""

    low: float
    high: float = math.inf

    def refuses(self, value: Any) -> bool:
        measure = value if isinstance(value, int | float) else len(value)
        return not self.low <= measure <= self.high


def parse_object(cls: type, value: Any, where: str) -> Any:
    """Build ``cls`` from a JSON object.

    Raises EngineError ``bad_option`` that names the field by its path.
    """
    if not isinstance(value, dict):
        raise bad_option(where or "message", "an object", value)
    hints = typing.get_type_hints(cls, include_extras=True)
    fields = {field.name: field for field in dataclasses.fields(cls)}
    for name in value:
        if name not in fields:
            known = ", ".join(sorted(fields)) or "none"
            raise EngineError("bad_option", f"Unknown field '{join(where, name)}'; known: {known}.")
    parsed = {}
    for name, field in fields.items():
        if name in value:
            parsed[name] = parse_value(hints[name], value[name], join(where, name))
        elif is_required(field):
            raise EngineError("bad_option", f"The field '{join(where, name)}' is missing.")
    return cls(**parsed)


def is_required(field: dataclasses.Field) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def parse_value(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return parse_bounded(hint, value, where)
    if origin in (Union, types.UnionType):
        return parse_union(hint, value, where)
    if origin is typing.Literal:
        return parse_literal(hint, value, where)
    if origin is list:
        return parse_list(hint, value, where)
    if origin is dict:
        return parse_dict(hint, value, where)
    if dataclasses.is_dataclass(hint):
        return parse_object(hint, value, where)
    return parse_scalar(hint, value, where)


def parse_bounded(hint: Any, value: Any, where: str) -> Any:
    inner, bounds = typing.get_args(hint)
    parsed = parse_value(inner, value, where)
    if parsed is not None and bounds.refuses(parsed):
        raise bad_option(where, f"between {bounds.low} and {bounds.high}", value)
    return parsed


def parse_union(hint: Any, value: Any, where: str) -> Any:
    options = typing.get_args(hint)
    by_type = {name: option for option in options for name in type_names(option)}
    if by_type:
        return parse_tagged(by_type, value, where)
    faults = []
    for option in options:
        try:
            return parse_value(option, value, where)
        except EngineError as error:
            faults.append(error)
    raise faults[0]


def type_names(option: Any) -> tuple[str, ...]:
    """What a dataclass may be called in its field ``type``, where it has one."""
    return typing.get_args(getattr(option, "__annotations__", {}).get("type"))


def parse_tagged(by_type: dict[str, Any], value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise bad_option(where, "an object", value)
    name = value.get("type")
    if not isinstance(name, str) or name not in by_type:
        raise bad_option(join(where, "type"), " or ".join(map(repr, by_type)), name)
    return parse_object(by_type[name], value, where)


def parse_literal(hint: Any, value: Any, where: str) -> Any:
    allowed = typing.get_args(hint)
    if any(type(value) is type(option) and value == option for option in allowed):
        return value
    raise bad_option(where, " or ".join(repr(option) for option in allowed), value)


def parse_list(hint: Any, value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise bad_option(where, "a list", value)
    (item,) = typing.get_args(hint)
    return [parse_value(item, element, f"{where}[{at}]") for at, element in enumerate(value)]


def parse_dict(hint: Any, value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bad_option(where, "an object", value)
    _, item = typing.get_args(hint)
    return {name: parse_value(item, element, join(where, name)) for name, element in value.items()}


def parse_scalar(hint: Any, value: Any, where: str) -> Any:
    if hint is Any:
        return value
    if hint is float and type(value) is int:
        return float(value)
    if hint in (None, type(None)):
        if value is None:
            return None
        raise bad_option(where, "null", value)
    if type(value) is not hint:
        raise bad_option(where, NAMES[hint], value)
    if hint is float and not math.isfinite(value):
        raise bad_option(where, "a finite number", value)
    if hint is str and not is_unicode(value):
        raise bad_option(where, "valid Unicode", value)
    return value


NAMES = {str: "a string", int: "an integer", float: "a number", bool: "true or false"}


def is_unicode(text: str) -> bool:
    """False for half of a surrogate pair, which JSON can spell and UTF-8 can't."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


def bad_option(where: str, wanted: str, value: Any) -> EngineError:
    shown = repr(value)
    if len(shown) > 80:
        shown = shown[:77] + "..."
    return EngineError("bad_option", f"'{where}' must be {wanted}, not {shown}.")
