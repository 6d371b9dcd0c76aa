"""Looking up posts by id."""

from __future__ import annotations

from inbox.practice.x import posts, problems
from inbox.practice.x.api import Answer, Call, Endpoint, answer_list, answer_one, read_id
from inbox.practice.x.fields import PARAMETERS, read_view
from inbox.practice.x.shapes import Page

READ = frozenset({"tweet.read", "users.read"})
FIELDS = frozenset(PARAMETERS)
MAX_LOOKUP = 100


def get_post(call: Call) -> Answer:
    page = call.page(read_view("post", call.query))
    return answer_one(page, _find(call, page, "id", [call.path_id("id")]))


def get_posts(call: Call) -> Answer:
    names = [name for name in call.query.get("ids", "").split(",") if name]
    if not 1 <= len(names) <= MAX_LOOKUP:
        raise problems.invalid(
            "ids",
            names,
            f"The number of values in the `ids` query parameter list [{len(names)}] is not "
            f"between 1 and {MAX_LOOKUP}",
        )
    page = call.page(read_view("post", call.query))
    ids = list(dict.fromkeys(read_id("ids", name) for name in names))
    return answer_list(page, _find(call, page, "ids", ids))


def _find(call: Call, page: Page, parameter: str, ids: list[int]) -> list[dict[str, object]]:
    """Return the posts among `ids` that exist; the others become entries of `errors`."""
    found = posts.get_many(call.store, ids)
    live = {key: row for key, row in found.items() if row["deleted_at"] is None}
    data = page.tell_posts([live[post_id] for post_id in ids if post_id in live])
    kind = "tweet" if page.view.old else "post"
    page.errors += [
        problems.not_found(kind, parameter, post_id) for post_id in ids if post_id not in live
    ]
    return data


ENDPOINTS = (
    Endpoint("GET", "/2/tweets", get_posts, 900, READ, FIELDS | {"ids"}),
    Endpoint("GET", "/2/tweets/{id}", get_post, 900, READ, FIELDS),
)
