"""What a value may be, in the words of the page: "text, at most 40", "list of ConversationOut"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schemas = Mapping[str, dict[str, Any]]

FORMATS = {"date-time": "date and time", "date": "date", "email": "e-mail address"}
TYPES = {
    "string": "text", "integer": "whole number", "number": "number", "boolean": "true or false",
    "object": "object", "array": "list", "null": "null",
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """Words, and the shape that they lead to; `values` are all that is allowed, if few are."""

    words: str
    shape: str = ""
    after: str = ""
    values: tuple[str, ...] = ()


def resolved(schema: dict[str, Any], schemas: Schemas) -> dict[str, Any]:
    """Return what `schema` refers to, or itself."""
    ref = schema.get("$ref")
    return schemas[ref.rpartition("/")[2]] if ref else schema


def kind_of(schema: dict[str, Any], schemas: Schemas) -> Kind:
    if "$ref" in schema:
        return _referred(schema["$ref"].rpartition("/")[2], schemas)
    parts = [
        kind_of(one, schemas)
        for one in schema.get("allOf", schema.get("oneOf", ()))
        if one.get("type") != "null"
    ]
    if len(parts) == 1:
        return _or_null(parts[0], is_null={"type": "null"} in schema.get("oneOf", ()))
    if parts:  # choices that are described in two places
        return Kind("one of", values=tuple(value for part in parts for value in part.values))
    if "enum" in schema:
        return Kind("one of", values=tuple(str(value) for value in schema["enum"]))
    if schema.get("type") == "array":
        inner = kind_of(schema["items"], schemas)
        return Kind(f"list of {inner.words}".strip(), inner.shape, inner.after, inner.values)
    return Kind(_simple(schema))


def _referred(name: str, schemas: Schemas) -> Kind:
    schema = schemas[name]
    return Kind("", shape=name) if schema.get("type") == "object" else kind_of(schema, schemas)


def _or_null(kind: Kind, *, is_null: bool) -> Kind:
    return Kind(kind.words, kind.shape, " or null", kind.values) if is_null else kind


def _simple(schema: dict[str, Any]) -> str:
    types = schema.get("type", "object")
    names = [types] if isinstance(types, str) else list(types)
    words = " or ".join(TYPES[name] for name in names)
    if schema.get("format") in FORMATS:
        words = words.replace("text", FORMATS[schema["format"]], 1)
    return words + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if most is not None and most < 2**31 - 1:  # beyond that it is the column's bound, not a rule
        return f", {least or 0} to {most}"
    longest = schema.get("maxLength")
    return f", at most {longest} characters" if longest else ""
