"""A JSON schema without references, so that checking a value takes bounded time.

With ``$ref`` a schema of a few lines can ask for 2^30 checks, or for ones without an end, and its
address may be anywhere. References inside of the schema are replaced by what they mean; what is
recursive, elsewhere or too large then is refused.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from loraloom_engine.rewards.said import unusable

# Each part of a schema, a value of an enumeration too, may be looked at for each value of what was
# said.
MOST_PARTS = 2_000
DEEPEST = 64
# All of them together may be as large as one by itself: of ten each is still a usual one.
MOST_PATTERNS = 10
# What holds a schema, a list of schemas, or a schema for each name.
ONE = {
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
}
LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
NAMED = {"dependentSchemas", "patternProperties", "properties"}
# What holds no schema but decides. All else says something about a schema, and is left out.
PLAIN = {
    "const",
    "dependentRequired",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "required",
    "type",
    "uniqueItems",
}
# Look at what other keywords found, depend on the way there, or are of older drafts: not to be
# left out in silence.
REFUSED = {
    "$dynamicRef",
    "$recursiveRef",
    "additionalItems",
    "dependencies",
    "unevaluatedItems",
    "unevaluatedProperties",
}


@dataclass(frozen=True)
class PlainSchema:
    """``patterns``: how many of them are in it."""

    schema: Any
    patterns: int


def without_references(schema: dict[str, Any]) -> PlainSchema:
    """Raises EngineError ``bad_option`` that names what can't be."""
    unfolding = Unfolding(schema)
    return PlainSchema(unfolding.of(schema, ()), unfolding.patterns)


class Unfolding:
    """``path``: the references that are being followed; ``patterns`` were found so far."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self._whole = whole
        self._parts = self.patterns = 0

    def of(self, schema: Any, path: tuple[str, ...], depth: int = 0) -> Any:
        self._count(depth)
        if not isinstance(schema, dict):  # true and false; what else it may be the validator tells
            return self._plain(schema, depth)
        self._count_patterns(schema)
        require_supported(schema)
        plain = {
            keyword: self._value(keyword, value, lambda part: self.of(part, path, depth + 1))
            for keyword, value in schema.items()
            if keyword in ONE | LISTS | NAMED | PLAIN
        }
        if "$ref" not in schema:
            return plain
        meant = self._follow(schema["$ref"], path, depth)
        return {"allOf": [meant, plain]} if plain else meant

    def _count(self, depth: int) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS or depth > DEEPEST:
            raise unusable(
                f"the schema has more than {MOST_PARTS} parts, the values of its lists among them, "
                f"or more than {DEEPEST} inside of each other, with its references written out: "
                "make it smaller."
            )

    def _count_patterns(self, schema: dict[str, Any]) -> None:
        named = schema.get("patternProperties")
        self.patterns += ("pattern" in schema) + (len(named) if isinstance(named, dict) else 0)
        if self.patterns > MOST_PATTERNS:
            raise unusable(
                f"the schema has more than {MOST_PATTERNS} patterns, with its references written "
                "out: use fewer."
            )

    def _value(self, keyword: str, value: Any, unfold: Callable[[Any], Any]) -> Any:
        if keyword in ONE:
            return unfold(value)
        if keyword in LISTS and isinstance(value, list):
            return [unfold(part) for part in value]
        if keyword in NAMED and isinstance(value, dict):
            return {name: unfold(part) for name, part in value.items()}
        return self._plain(value)

    def _plain(self, value: Any, depth: int = 0) -> Any:
        """A value that is compared as it is: once for each place that its schema is put in."""
        for inside in children_of(value):
            self._count(depth + 1)
            self._plain(inside, depth + 1)
        return value

    def _follow(self, reference: Any, path: tuple[str, ...], depth: int) -> Any:
        if reference in path:
            raise unusable(f"the schema's $ref {reference!r} refers to itself: write it out.")
        return self.of(self._find(reference), (*path, reference), depth + 1)

    def _find(self, reference: Any) -> Any:
        found = self._whole
        for name in names_of(reference):
            found = child_of(found, name)
            if found is None:
                raise unusable(f"the schema's $ref {reference!r} refers to nothing in it.")
        return found


def require_supported(schema: dict[str, Any]) -> None:
    for keyword in schema:
        if keyword in REFUSED:
            raise unusable(f"the schema's '{keyword}' is not supported: leave it out.")


def names_of(reference: Any) -> Iterator[str]:
    """Of a JSON pointer (RFC 6901) into the same document."""
    if reference == "#":
        return
    if not isinstance(reference, str) or not reference.startswith("#/"):
        raise unusable(
            f"the schema's $ref {reference!r} is outside of it: references begin with '#/'."
        )
    for name in reference[2:].split("/"):
        yield name.replace("~1", "/").replace("~0", "~")


def children_of(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def child_of(value: Any, name: str) -> Any:
    """None where there is none."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        return value[int(name)]
    return None
