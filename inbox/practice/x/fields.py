"""Which fields and expansions a request may ask for, in X's new and old spelling.

New: the published description 2.167, where ids reached by an expansion appear only if expanded.
Old: the spelling before August 2026 (`tweet.fields`, `referenced_tweets`), still in X's prose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inbox.practice.x.problems import invalid

_COMMON_POST = (
    "article attachments card_uri community_id context_annotations conversation_id created_at "
    "display_text_range edit_controls entities geo id lang media_metadata non_public_metrics "
    "organic_metrics paid_partnership possibly_sensitive promoted_metrics public_metrics "
    "reply_settings scopes source suggested_source_links suggested_source_links_with_counts text "
    "withheld"
)
_COMMON_USER = (
    "affiliation confirmed_email connection_status created_at description entities id "
    "is_identity_verified location name parody profile_banner_url profile_image_url protected "
    "public_metrics receives_your_dm subscription subscription_type url username verified "
    "verified_followers_count verified_type withheld"
)
_COMMON_EXPANSIONS = (
    "article.cover_media article.media_entities attachments.media_keys "
    "attachments.media_source_tweet attachments.poll_ids author_id entities.mentions.username "
    "geo.place_id in_reply_to_user_id"
)
_COMMON_DM = "attachments created_at dm_conversation_id entities event_type id text"

POST_FIELDS = {
    "post.fields": set(_COMMON_POST.split())
    | {"article_title", "matched_media_notes", "note_post", "note_request_suggestions"},
    "tweet.fields": set(_COMMON_POST.split())
    | {"author_id", "edit_history_tweet_ids", "in_reply_to_user_id", "note_tweet"}
    | {"referenced_tweets"},
}
USER_FIELDS = {
    "new": set(_COMMON_USER.split()) - {"affiliation"} | {"subscribes_to_you"},
    "old": set(_COMMON_USER.split()) | {"most_recent_tweet_id", "pinned_tweet_id"},
}
DM_FIELDS = {
    "new": set(_COMMON_DM.split()),
    "old": set(_COMMON_DM.split()) | {"participant_ids", "referenced_tweets", "sender_id"},
}
EXPANSIONS = {
    ("post", "new"): set(_COMMON_EXPANSIONS.split())
    | {"edit_history_post_ids", "referenced_posts", "username"},
    ("post", "old"): set(_COMMON_EXPANSIONS.split())
    | {"author_screen_name", "edit_history_tweet_ids", "referenced_tweets.id"}
    | {"referenced_tweets.id.attachments.media_keys", "referenced_tweets.id.author_id"},
    ("user", "new"): {"affiliation", "most_recent_post_id", "pinned_post_id"},
    ("user", "old"): {"affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id"},
    ("dm", "new"): {"attachments.media_keys", "participant_ids", "referenced_posts", "sender_id"},
    ("dm", "old"): {"attachments.media_keys", "participant_ids", "referenced_tweets.id"}
    | {"sender_id"},
}
OLD_MARKS = {name for (_, era), names in EXPANSIONS.items() if era == "old" for name in names}
NEW_MARKS = {name for (_, era), names in EXPANSIONS.items() if era == "new" for name in names}
MEDIA_FIELDS = {
    *("alt_text", "duration_ms", "height", "media_key", "non_public_metrics", "organic_metrics"),
    *("preview_image_url", "promoted_metrics", "public_metrics", "type", "url", "variants"),
    "width",
}
# Polls and places may be asked for; a practice post has none.
SILENT = ("poll.fields", "place.fields")
PARAMETERS = {"post.fields", "tweet.fields", "user.fields", "media.fields", "expansions", *SILENT}


@dataclass(frozen=True, slots=True)
class View:
    """What one request wants to see of an item, and in which spelling."""

    old: bool
    post: frozenset[str]
    user: frozenset[str]
    message: frozenset[str]
    media: frozenset[str]
    expansions: frozenset[str]

    def expands(self, new: str, old: str | None = None) -> bool:
        return ((old or new) if self.old else new) in self.expansions


def read_view(kind: str, query: Mapping[str, str]) -> View:
    """Return the view of a request for a post, user or dm. Raises a problem for unknown names."""
    asked = {name: _split(query.get(name)) for name in PARAMETERS | {"dm_event.fields"}}
    old = _is_old(query, asked)
    era = "old" if old else "new"
    post: frozenset[str] = frozenset()
    for parameter, allowed in POST_FIELDS.items():
        post |= _check(parameter, asked[parameter], allowed)
    return View(
        old=old,
        post=post,
        user=_check("user.fields", asked["user.fields"], USER_FIELDS[era]),
        message=_check("dm_event.fields", asked["dm_event.fields"], DM_FIELDS[era]),
        media=_check("media.fields", asked["media.fields"], MEDIA_FIELDS),
        expansions=_check("expansions", asked["expansions"], EXPANSIONS[kind, era]),
    )


def _is_old(query: Mapping[str, str], asked: dict[str, list[str]]) -> bool:
    if "post.fields" in query:
        return False
    names = set(asked["expansions"])
    dm_names = set(asked["dm_event.fields"])
    return (
        "tweet.fields" in query
        or bool(names & (OLD_MARKS - NEW_MARKS))
        or bool(dm_names & {"referenced_tweets"})
    )


def _split(value: str | None) -> list[str]:
    return value.split(",") if value else []


def _check(parameter: str, names: list[str], allowed: set[str]) -> frozenset[str]:
    for name in names:
        if name not in allowed:
            listed = ",".join(sorted(allowed))
            raise invalid(
                parameter,
                names,
                f"The `{parameter}` query parameter value [{name}] is not one of [{listed}]",
            )
    return frozenset(names)
