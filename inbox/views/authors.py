"""The people outside: their page, what colleagues note of them, and what is held back of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inbox.forms import NoteForm, cleaned
from inbox.lib.errors import BadInput
from inbox.lib.keyset import ById
from inbox.models import Author, HeldBack, PersonList
from inbox.operations import blocking, persons
from inbox.views.author_facts import author_context
from inbox.views.conversations import TRIAGE
from inbox.views.door import DeskRequest, door, toast

BLOCK = "inbox.block_author"
HELD = ById("held", is_descending=True)
PAGE = 50
LASTING = [
    ("1", gettext_lazy("1 day")),
    ("7", gettext_lazy("1 week")),
    ("30", gettext_lazy("30 days")),
    ("", gettext_lazy("until somebody lifts it")),
]


class ListsForm(forms.Form):
    """The lists that a person is on."""

    lists = forms.MultipleChoiceField(choices=PersonList.choices, required=False)


class LinkForm(forms.Form):
    """Another identity: chosen among those suggested, or by its handle."""

    other = forms.IntegerField(required=False)
    handle = forms.CharField(required=False, max_length=200)


class BlockForm(forms.Form):
    """Why somebody is blocked, and for how many days; none for no end."""

    reason = forms.CharField(
        max_length=500,
        error_messages={
            "required": gettext_lazy(
                "Write why this author is blocked, so that colleagues understand it."
            )
        },
    )
    days = forms.TypedChoiceField(choices=LASTING, required=False, coerce=int, empty_value=None)


@door("inbox.view_conversation")
def author(request: DeskRequest, pk: int) -> HttpResponse:
    """Everything the desk knows of one author, within what the reader may see."""
    context = author_context(find(request, pk), request.user) | {"lasting": LASTING}
    return render(request, "inbox/author.html", context)


@door(TRIAGE, "POST")
def lists(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    names = cleaned(ListsForm(request.POST))["lists"]
    persons.set_lists(author=row, lists=names, by=request.user)
    return toast(request, redirect(row), _("Saved. Open conversations are judged anew."))


@door(TRIAGE, "POST")
def note(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    text = cleaned(NoteForm(request.POST))["text"]
    persons.add_person_note(author=row, text=text, by=request.user)
    return toast(request, redirect(row), _("Note added."))


@door(TRIAGE, "POST")
def link(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    other = _other(request, cleaned(LinkForm(request.POST)))
    persons.link(author=row, other=other, by=request.user)
    words = _("@%(handle)s and @%(other)s are one person here.")
    return toast(request, redirect(row), words % {"handle": row.handle, "other": other.handle})


@door(TRIAGE, "POST")
def unlink(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    persons.unlink(author=row, by=request.user)
    words = _("@%(handle)s stands alone again.") % {"handle": row.handle}
    return toast(request, redirect(row), words)


@door(BLOCK, "POST")
def block(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    values = cleaned(BlockForm(request.POST))
    days = values["days"]
    until = timezone.now() + timedelta(days=days) if days else None
    blocking.block_author(author=row, reason=values["reason"], until=until, by=request.user)
    words = _("What @%(handle)s writes is held back from now on.") % {"handle": row.handle}
    return toast(request, redirect(row), words)


@door(BLOCK, "POST")
def unblock(request: DeskRequest, pk: int) -> HttpResponse:
    row = find(request, pk)
    blocking.lift_block(author=row, by=request.user)
    words = _("The block of @%(handle)s is lifted.") % {"handle": row.handle}
    return toast(request, redirect(row), words)


@door(BLOCK)
def held(request: DeskRequest) -> HttpResponse:
    """What is held back, the newest first; `?author=` for one author's."""
    rows = HeldBack.objects.visible_to(request.user).waiting().select_related("author", "channel")
    shown_author = None
    if (number := request.GET.get("author", "")).isdecimal() and len(number) <= 18:
        shown_author = find(request, int(number))
        rows = rows.filter(author=shown_author)
    found = HELD.after(rows, after) if (after := request.GET.get("after", "")) else rows
    page = list(found.order_by(*HELD.columns)[: PAGE + 1])
    context = {
        "rows": page[:PAGE],
        "more": HELD.cursor(page[PAGE - 1]) if len(page) > PAGE else "",
        "author": shown_author,
        "count": rows.count(),
    }
    return render(request, "inbox/held.html", context)


@door(BLOCK, "POST")
def restore(request: DeskRequest, pk: int) -> HttpResponse:
    """Bring one message into the queue."""
    row = get_object_or_404(HeldBack.objects.visible_to(request.user), pk=pk)
    conversation = blocking.bring_back(held=row, by=request.user)
    return toast(request, redirect(conversation or "inbox:held"), _("It is in the queue now."))


@door(BLOCK, "POST")
def restore_all(request: DeskRequest, pk: int) -> HttpResponse:
    """Bring in what is held back of one author."""
    row = find(request, pk)
    waiting = HeldBack.objects.visible_to(request.user).waiting().filter(author=row)
    rows = waiting.order_by("sent_at", "pk")[: blocking.MOST_AT_ONCE]
    done = blocking.bring_back_all(held=rows, by=request.user)
    words = ngettext(
        "%(count)s message is in the queue now.", "%(count)s messages are in the queue now.", done
    )
    return toast(request, redirect(row), words % {"count": done})


def find(request: DeskRequest, pk: int) -> Author:
    rows = Author.objects.visible_to(request.user).select_related("person")
    return get_object_or_404(rows, pk=pk)


def _other(request: DeskRequest, values: dict[str, Any]) -> Author:
    """Return the identity that was chosen or typed. Raises BadInput."""
    rows = Author.objects.visible_to(request.user)
    if values["other"]:
        return get_object_or_404(rows, pk=values["other"])
    handle = values["handle"].strip().removeprefix("@")
    if not handle:
        raise BadInput(_("Choose an identity, or write its handle."))
    found = list(rows.filter(handle__iexact=handle)[:2])
    if not found:
        raise BadInput(
            _("Nobody with the handle @%(handle)s has written to you.") % {"handle": handle}
        )
    if len(found) > 1:
        raise BadInput(
            _(
                "Several people have the handle @%(handle)s: open the page of the one you mean "
                "and link from there."
            )
            % {"handle": handle}
        )
    return found[0]
