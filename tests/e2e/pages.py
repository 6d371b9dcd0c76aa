"""Every screen of the desk, once: what the accessibility walk and the pictures go through.

A new page gets one line in PAGES; an address that is no page of its own, one word in PARTS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

STRANGER, ADMIN, SECURED, HALFWAY = "", "dewi", "eka", "fitri"


@dataclass(frozen=True)
class Page:
    """One screen. `name` of its address, or a `path`; `pk`: which row of the scene it shows.

    `who` looks at it: a STRANGER, the ADMIN, one with a SECURED account, or one HALFWAY in.
    """

    name: str
    pk: str = ""
    who: str = ADMIN
    query: str = ""
    state: str = ""  # tells pages of the same name apart
    path: str = ""
    status: int = 200

    @property
    def title(self) -> str:
        return "-".join(filter(None, (self.name.replace(":", "-"), self.state)))

    def address(self, scene: dict[str, Any]) -> str:
        if self.path:
            return self.path
        values = scene | {"pk": scene.get(self.pk)}
        wanted = {key: values[key] for key in addresses()[self.name]}
        return reverse(self.name, kwargs=wanted) + self.query.format_map(scene)


PAGES = (
    Page("inbox:queue"),
    Page("inbox:queue", query="?q=zebra", state="nothing"),
    Page("inbox:conversation", pk="conversation"),
    Page("inbox:attachment", pk="attachment"),
    Page("inbox:conversation", pk="found", state="found"),
    Page("inbox:author", pk="author"),
    Page("inbox:held"),
    Page("responses:panel", pk="conversation"),
    Page("responses:approvals"),
    Page("responses:approval", pk="approval"),
    Page("responses:attention"),
    Page("responses:news", pk="reply"),
    Page("inbox:channels"),
    Page("inbox:channel", pk="channel"),
    Page("inbox:channel_exchanges", pk="channel"),
    Page("inbox:tray"),
    Page("inbox:tray", query="?channel={channel}", state="one"),
    Page("inbox:channel_networks"),
    Page("inbox:channel_connect"),
    Page("inbox:channel_connect", path="/channels/connect/mail/", state="mail"),
    Page("inbox:channel_connect", path="/channels/connect/mail/?at=form", state="mail form"),
    Page("inbox:channel_connect", path="/channels/connect/mail/?at=google", state="mail sign-in"),
    Page("responses:policy", pk="channel"),
    Page("inbox:share"),
    Page("inbox:share", query="?since=2020-01-01&until=2020-01-02", state="nothing"),
    Page("inbox:hits"),
    Page("inbox:searches"),
    Page("inbox:search_new"),
    Page("inbox:search", pk="search"),
    Page("inbox:audit"),
    Page("inbox:audit", query="?conversation=999999", state="nothing"),
    Page("inbox:notifications"),
    Page("inbox:notification_settings"),
    Page("inbox:views"),
    Page("inbox:view_new"),
    Page("inbox:view", pk="view"),
    Page("inbox:bulk"),
    Page("inbox:bulk_job", pk="job"),
    Page("inbox:labels"),
    Page("inbox:preferences"),
    Page("inbox:settings"),
    Page("inbox:security"),
    Page("inbox:teams"),
    Page("inbox:team", pk="team"),
    Page("inbox:people"),
    Page("inbox:invite"),
    Page("inbox:person", pk="person"),
    Page("inbox:person_factor", pk="person"),
    Page("inbox:sessions"),
    Page("inbox:join", who=STRANGER),
    Page("inbox:tokens"),
    Page("inbox:all_tokens"),
    Page("inbox:webhooks"),
    Page("inbox:webhook_add"),
    Page("inbox:webhook", pk="webhook"),
    Page("inbox:webhook_delivery", pk="webhook"),
    Page("inbox:styleguide"),
    Page("api:docs"),
    Page("api:docs", query="?q=conversation_take", state="found"),
    Page("api:docs", who=STRANGER, query="?q=zebra", state="nothing"),
    Page("missing", path="/no/such/page/", status=404),
    Page("account_login", who=STRANGER),
    Page("account_reset_password", who=STRANGER),
    Page("account_reset_password_done", who=STRANGER),
    Page("account_reset_password_from_key", who=STRANGER),
    Page("account_reset_password_from_key_done", who=STRANGER),
    Page("account_inactive", who=STRANGER),
    Page("account_signup", who=STRANGER),
    Page("mfa_authenticate", who=HALFWAY),
    Page("account_logout"),
    Page("account_email"),
    Page("account_reauthenticate"),
    Page("account_change_password"),
    Page("mfa_index"),
    Page("mfa_activate_totp"),
    Page("mfa_add_webauthn"),
    Page("mfa_index", who=SECURED, state="secured"),
    Page("mfa_deactivate_totp", who=SECURED),
    Page("mfa_view_recovery_codes", who=SECURED),
    Page("mfa_generate_recovery_codes", who=SECURED),
    Page("mfa_list_webauthn", who=SECURED),
    Page("mfa_edit_webauthn", who=SECURED, pk="key_pk"),
    Page("mfa_remove_webauthn", who=SECURED, pk="key_pk"),
    Page("mfa_reauthenticate", who=SECURED),
    Page("mfa_reauthenticate_webauthn", who=SECURED),
)

# Addresses that are acts, parts of a page, downloads, or lead on at once.
PARTS = {
    "inbox:rows",
    "inbox:frame",
    "inbox:fresh",
    "inbox:earlier",
    "inbox:take",
    "inbox:assign",
    "inbox:snooze",
    "inbox:resolve",
    "inbox:answered_outside",
    "inbox:reopen",
    "inbox:note",
    "inbox:label",
    "inbox:unlabel",
    "inbox:undo",
    "inbox:author_lists",
    "inbox:author_note",
    "inbox:author_link",
    "inbox:author_unlink",
    "inbox:author_block",
    "inbox:author_unblock",
    "inbox:author_restore",
    "inbox:held_restore",
    "inbox:attachment_file",
    "inbox:attachment_small",
    "inbox:attachment_again",
    "inbox:share_export",
    "inbox:search_preview",
    "inbox:search_pause",
    "inbox:search_delete",
    "inbox:audit_export",
    "inbox:hook",
    "inbox:act",
    "inbox:channel_follow",
    "inbox:tray_retry_all",
    "inbox:tray_retry",
    "inbox:tray_discard",
    "inbox:view_counts",
    "inbox:view_refit",
    "inbox:view_move",
    "inbox:view_delete",
    "inbox:bulk_start",
    "inbox:bulk_cancel",
    "inbox:bulk_undo",
    "inbox:label_change",
    "inbox:label_merge",
    "inbox:label_delete",
    "inbox:channel_team",
    "inbox:team_members",
    "inbox:team_channels",
    "inbox:team_delete",
    "inbox:person_role",
    "inbox:person_teams",
    "inbox:person_active",
    "inbox:person_sign_out",
    "inbox:invitation_renew",
    "inbox:invitation_revoke",
    "inbox:sessions_end_others",
    "inbox:session_end",
    "inbox:beat",
    "inbox:take_over",
    "inbox:colleagues",
    "inbox:watch",
    "inbox:company",
    "inbox:leave",
    "inbox:notification_count",
    "inbox:notifications_read",
    "inbox:notification_open",
    "inbox:token_revoke",
    "inbox:webhook_ping",
    "inbox:webhook_pause",
    "inbox:webhook_rotate",
    "inbox:webhook_replay",
    "inbox:channel_keep",
    "inbox:channel_callback",
    "inbox:channel_test",
    "inbox:channel_pause",
    "responses:draft_picture",
    "responses:reply_picture",
    "responses:statuses",
    "responses:save",
    "responses:compose",
    "responses:withdraw",
    "responses:approval_count",
    "responses:preview",
    "responses:attention_count",
    "responses:act",
    "set_language",
    "account_email_verification_sent",
    "account_set_password",
    "account_confirm_login_code",
    "account_confirm_email",
    "mfa_download_recovery_codes",
    "mfa_login_webauthn",
}
# What programs ask for; the page that describes it is for people.
PROGRAMS, DESCRIBED = "api:", "api:docs"


def addresses() -> dict[str, frozenset[str]]:
    """Every address for people: its full name, and what it is made of."""
    found = dict(_walk(get_resolver()))
    return {
        name: parts
        for name, parts in found.items()
        if name == DESCRIBED or not name.startswith(PROGRAMS)
    }


def _walk(
    resolver: URLResolver, space: str = "", outer: frozenset[str] = frozenset()
) -> Iterator[tuple[str, frozenset[str]]]:
    for one in resolver.url_patterns:
        parts = outer | one.pattern.regex.groupindex.keys()
        if isinstance(one, URLPattern):
            yield f"{space}{one.name}", parts
        else:
            yield from _walk(one, f"{space}{one.namespace}:" if one.namespace else space, parts)
