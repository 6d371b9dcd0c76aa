"""The API description as a page: what a reader needs of the document, ready for the template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString

from crisisdesk.reference.calls import call_of
from crisisdesk.reference.kinds import Kind, Schemas, kind_of, resolved
from crisisdesk.reference.prose import prose
from crisisdesk.roles import PERMISSIONS

EXAMPLE_HOST = "https://desk.example.org"  # as the description writes it


@dataclass(frozen=True)
class Field:
    """One parameter, or one member of a body."""

    name: str
    kind: Kind
    is_required: bool
    words: SafeString
    place: str = ""


@dataclass(frozen=True)
class Answer:
    """What comes back if all is well; without a kind there is no body."""

    status: str
    kind: Kind | None


@dataclass(frozen=True)
class Operation:
    """One method of one address. `call` is the rest of a curl command, after the desk's address."""

    name: str
    method: str
    path: str
    summary: str
    words: SafeString
    scope: str
    roles: tuple[str, ...]
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]
    errors: tuple[str, ...]
    call: str

    @cached_property
    def sought(self) -> str:
        """What the filter box looks in."""
        return f"{self.method} {self.path} {self.summary} {self.name}".lower()


@dataclass(frozen=True)
class Group:
    """The operations on one kind of thing."""

    name: str
    operations: tuple[Operation, ...]

    def matching(self, text: str) -> Group:
        """Return the operations in which every word of `text` occurs."""
        words = text.lower().split()
        rows = (row for row in self.operations if all(word in row.sought for word in words))
        return Group(self.name, tuple(rows))


@dataclass(frozen=True)
class Shape:
    """One kind of thing that answers and bodies hold."""

    name: str
    words: SafeString
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Reference:
    """The whole page."""

    introduction: SafeString
    groups: tuple[Group, ...]
    errors: tuple[tuple[str, str], ...]
    shapes: tuple[Shape, ...]


def reference_of(document: Mapping[str, Any], base: str) -> Reference:
    """Return what `document` says, for a desk whose address is `base`."""
    schemas: Schemas = document["components"]["schemas"]
    groups: dict[str, list[Operation]] = {}
    errors: dict[str, str] = {}
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            groups.setdefault(one["tags"][0], []).append(_operation(method, path, one, schemas))
            errors |= {s: a["description"] for s, a in one["responses"].items() if s >= "400"}
    shown = {name for name in schemas if schemas[name].get("type") == "object"} - _bodies(document)
    return Reference(
        prose(document["info"]["description"].replace(EXAMPLE_HOST, base)),
        tuple(Group(name, tuple(rows)) for name, rows in groups.items()),
        tuple(sorted(errors.items())),
        tuple(_shape(name, schemas) for name in sorted(shown)),
    )


def _operation(method: str, path: str, one: dict[str, Any], schemas: Schemas) -> Operation:
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    statuses = sorted(one["responses"])
    return Operation(
        name=one["operationId"],
        method=method.upper(),
        path=path,
        summary=one["summary"],
        words=prose(one.get("description", "")),
        scope=one["x-scope"],
        roles=tuple(role for role, held in PERMISSIONS.items() if one["x-permission"] in held),
        parameters=tuple(_parameter(part, schemas) for part in one.get("parameters", ())),
        body=_fields(resolved(body, schemas), schemas) if body else (),
        answers=tuple(_answer(s, one["responses"][s], schemas) for s in statuses if s < "400"),
        errors=tuple(status for status in statuses if status >= "400"),
        call=call_of(method, path, body, schemas),
    )


def _parameter(part: dict[str, Any], schemas: Schemas) -> Field:
    is_required, words = part.get("required", False), prose(part.get("description", ""))
    return Field(part["name"], kind_of(part["schema"], schemas), is_required, words, part["in"])


def _fields(schema: dict[str, Any], schemas: Schemas) -> tuple[Field, ...]:
    required = schema.get("required", ())
    return tuple(
        Field(name, kind_of(one, schemas), name in required, prose(one.get("description", "")))
        for name, one in schema.get("properties", {}).items()
    )


def _answer(status: str, one: dict[str, Any], schemas: Schemas) -> Answer:
    content = one.get("content", {}).get("application/json")
    return Answer(status, kind_of(content["schema"], schemas) if content else None)


def _shape(name: str, schemas: Schemas) -> Shape:
    words = prose(schemas[name].get("description", ""))
    return Shape(name, words, _fields(schemas[name], schemas))


def _bodies(document: Mapping[str, Any]) -> set[str]:
    """Return what is sent as a whole: its fields stand with the operation that takes it."""
    sent = [
        one.get("requestBody", {}) for way in document["paths"].values() for one in way.values()
    ]
    media = [kind for body in sent for kind in body.get("content", {}).values()]
    return {kind["schema"].get("$ref", "").rpartition("/")[2] for kind in media}
