"""A request for each operation that can be copied into a shell and sent as it is."""

from __future__ import annotations

import json
import shlex
from typing import Any

from crisisdesk.reference.kinds import Schemas, resolved

ROW = 7  # the number that stands for "the one you mean"
FORMATS = {"date-time": "2030-01-31T09:00:00Z", "date": "2030-01-31"}


def call_of(method: str, path: str, body: dict[str, Any] | None, schemas: Schemas) -> str:
    """Return what follows the desk's address in a curl command for this operation."""
    parts = [path.replace("{id}", str(ROW)), '-H "Authorization: Bearer $TOKEN"']
    if method != "get":
        parts.insert(1, f"-X {method.upper()}")
    if method == "post":
        parts.append('-H "Idempotency-Key: $(uuidgen)"')
    if body is not None:
        parts.append('-H "Content-Type: application/json"')
        parts.append("-d " + shlex.quote(json.dumps(example(body, schemas))))
    return " \\\n  ".join(parts)


def example(schema: dict[str, Any], schemas: Schemas) -> Any:
    """Return a value that `schema` allows: of an object what it asks for, and no more."""
    schema = resolved(schema, schemas)
    if parts := schema.get("allOf") or schema.get("oneOf"):
        return example(parts[0], schemas)
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    match _first(schema.get("type", "object")):
        case "object":
            wanted = schema.get("required", ())
            fields = schema.get("properties", {})
            return {name: example(one, schemas) for name, one in fields.items() if name in wanted}
        case "array":
            return [example(schema["items"], schemas)]
        case "string":
            return FORMATS.get(schema.get("format", ""), "text")
        case "boolean":
            return True
    return ROW


def _first(types: str | list[str]) -> str:
    return types if isinstance(types, str) else types[0]
