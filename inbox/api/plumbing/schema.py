"""The API description: what every operation has in common is written here once."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

from inbox.api.plumbing.once import HEADER, LONGEST
from inbox.api.plumbing.problems import MEDIA_TYPE
from inbox.lib.scopes import scope_of

INTRODUCTION = """
The desk for programs: the same acts, rights and limits as on its pages.

**Begin.** Make a token under *API tokens* on your account page and send it with every request:

    curl -H "Authorization: Bearer $TOKEN" https://desk.example.org/api/v1/me/

**Rights.** A token may do what its scopes *and* the role of its person permit, on channels of that
person's teams. What is hidden from the person is not there (404). Making tokens takes the browser.

**Pages.** Lists give `results` and `next`; ask for the next page with `?cursor=` and that mark.

**Acting once.** Any POST takes an `Idempotency-Key`, a text of your own of up to 200 characters.
Sent again with the same key within 24 hours, a request is answered as before, with the header
`Idempotency-Replayed: true`, and nothing is done twice. The same key with another request is
refused (422), and one that is still being worked on too (409): ask again in a second. Refusals are
not kept, since they changed nothing. The key is optional, because the acts that reach the public
guard themselves (a text leaves once whatever happens), and a line typed by hand needs none; a
program that repeats requests after a time-out should always send one:

    curl -X POST https://desk.example.org/api/v1/conversations/7/notes/ \\
      -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
      -H "Idempotency-Key: $(uuidgen)" -d '{"text": "Called her back."}'

**Nothing unseen.** Acts that must not pass over news take the version you know: `seen`,
`seen_version`, `base`, or an approval's `content_hash`. If it has moved, the answer is 409.

**Undoing.** What you did to one conversation last has an `undo_id` in every answer about it, for
ten minutes. A job on many is taken back by its `undo`, for an hour. Neither touches what changed
since.

**Errors** are `application/problem+json` (RFC 9457). `code` is stable and made for programs,
`detail` is made for people, `errors` names each wrong field and what to do about it.

**Limits.** Each token has a number of requests a minute; beyond it the answer is 429 with
`Retry-After` in seconds.

**Webhooks.** Rather than ask again and again, let the desk tell you: an admin adds an address under
*Settings, Webhooks*, where the events and the check of their signature are described.
"""

PROBLEM = {
    "type": "object",
    "description": "What went wrong, and what to do about it.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable, for programs."},
        "detail": {"type": "string", "description": "For people."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "version": {"type": "integer", "description": "How far the conversation has moved."},
        "message_ids": {"type": "array", "items": {"type": "integer"}},
        "retry_after": {"type": "integer", "description": "Seconds."},
    },
}
# What any operation may answer; those in the second table only where something is sent.
ALWAYS = {
    401: "No token, or one that is unknown, revoked or expired",
    403: "Your role or the token's scopes do not permit this",
    404: "There is no such thing, or it is not for you to see",
    422: "A value is missing or wrong",
    429: "Too many requests in this minute",
    500: "A failure of the desk; it has been logged",
}
SENDING = {
    400: "The body cannot be read",
    409: "It has moved on, or this step does not exist from here",
    413: "The request is too large",
    415: "The body is not JSON",
}
KEY = {
    "in": "header",
    "name": HEADER,
    "description": "Makes it safe to send this request again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[ -~]+$"},
}
REPLAYED = {
    "description": "`true` where the answer is that of an earlier request with the same key.",
    "schema": {"type": "string", "enum": ["true"]},
}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}


ROW = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}


class Description(AutoSchema):
    """Operations are called by what they act on and what they do."""

    def get_operation_id(self) -> str:
        return f"{self.view.basename}_{self.view.action}".strip("_")

    def get_extensions(self) -> dict[str, Any]:
        """Name the permission it needs, and the scope that lets a token use that."""
        permission = getattr(self.view, self.view.action).permission
        return {"x-permission": permission, "x-scope": scope_of(permission).value}

    def get_summary(self) -> str:
        return super().get_description().partition("\n")[0]

    def get_description(self) -> str:
        return super().get_description().partition("\n")[2].strip()


def complete(result: dict[str, Any], generator: Any, request: Any, public: Any) -> dict[str, Any]:
    """Add problems, keys and strictness to the description that the views give of themselves."""
    result["info"]["description"] = INTRODUCTION
    schemas = result["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    for name, schema in schemas.items():
        if name.endswith("In") and schema.get("type") == "object":
            schema["additionalProperties"] = False
    for path in result["paths"].values():
        for method, operation in path.items():
            _complete(method, operation)
    return result


def _complete(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            parameter["schema"] = ROW
    is_sending = method in ("post", "patch", "delete")
    for status, words in (ALWAYS | (SENDING if is_sending else {})).items():
        responses[str(status)] = {
            "description": words,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    responses["429"]["headers"] = {"Retry-After": RETRY_AFTER}
    if method == "post":
        operation.setdefault("parameters", []).append(KEY)
        for status, answer in responses.items():
            if status.startswith("2"):
                answer["headers"] = {"Idempotency-Replayed": REPLAYED}
