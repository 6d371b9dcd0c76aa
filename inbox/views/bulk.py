"""Acting on many conversations at once: asking, confirming, watching, undoing."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inbox.filters import QueueFilter
from inbox.forms import SnoozeForm, cleaned
from inbox.lib.errors import BadInput
from inbox.models import BulkJob, BulkResult, Conversation, Label, User
from inbox.operations import bulk, bulk_running
from inbox.pickers import Lists, teammates
from inbox.views.conversations import TRIAGE
from inbox.views.door import DeskRequest, door, toast

READ = "inbox.view_conversation"
PAGE = 100
SHOWN_FOR = timedelta(minutes=2)  # that a finished job stays above the list, with its undo
ACTS = [choice for choice in BulkJob.Act.choices if choice[0] != BulkJob.Act.UNDO]

# A button sends one name and one value: which act it stands for, and what the value is.
BUTTONS = {
    "assign": ("assign", "to"),
    "put": ("label", "label"),
    "take": ("unlabel", "label"),
    "snooze": ("snooze", ""),
}


class BulkForm(forms.Form):
    """What to do, and whether to all that match."""

    act = forms.ChoiceField(
        choices=ACTS, error_messages={"required": gettext_lazy("Choose what to do.")}
    )
    to = forms.ModelChoiceField(queryset=User.objects.none(), required=False)
    label = forms.ModelChoiceField(queryset=Label.objects.all(), required=False)
    is_all = forms.BooleanField(required=False)
    is_confirmed = forms.BooleanField(required=False)
    query = forms.CharField(max_length=2000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = teammates()  # type: ignore[attr-defined]


@door(READ)
def index(request: DeskRequest) -> HttpResponse:
    """The jobs of late; through htmx what is under way, as it stands above the list."""
    jobs = BulkJob.objects.visible_to(request.user).select_related("by")
    if request.htmx:
        mine = jobs.filter(by=request.user).select_related("undone_by")[:5]
        since = timezone.now() - SHOWN_FOR
        running = [job for job in mine if job.is_under_way]
        ended = [job for job in mine if (job.finished_at or since) > since]
        shown = [*running, *ended[:1]]
        return render(request, "inbox/bulk/_progress.html", {"jobs": shown})
    return render(request, "inbox/bulk/index.html", {"jobs": jobs[:PAGE]})


@door(TRIAGE, "POST")
def start(request: DeskRequest) -> HttpResponse:
    """Do it to a few at once; for many ask first, naming the number and the act."""
    values = cleaned(BulkForm(_spelt_out(request.POST)))
    order = _order(values, request.POST)
    picked = [] if values["is_all"] else _picked(request.POST.getlist("pick"))
    found = QueueFilter(QueryDict(values["query"]), user=request.user, lists=Lists(request.user))
    if not values["is_confirmed"] and (values["is_all"] or len(picked) > bulk.INSTANT):
        return _confirm(request, order, picked, found if values["is_all"] else None)
    filters = _raw(values["query"]) if values["is_all"] else None
    job = bulk.start_job(order=order, by=request.user, picked=picked, filters=filters)
    return _started(request, job)


@door(READ)
def detail(request: DeskRequest, pk: int) -> HttpResponse:
    """One job and what became of every conversation in it; through htmx only what moves."""
    job = find(request, pk)
    wanted = request.GET.get("outcome", "")
    results = job.results.filter(outcome=wanted) if wanted else job.results.all()
    after = request.GET.get("after", "")
    if after.isdecimal() and len(after) < 19:
        results = results.filter(pk__gt=int(after))
    rows = list(results.order_by("pk")[: PAGE + 1])
    context = {
        "job": job,
        "results": _with_names(request.user, rows[:PAGE]),
        "more": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "outcome": wanted,
        "outcomes": BulkResult.Outcome.choices,
        "may_undo": bulk.can_undo(job=job, by=request.user),
    }
    part = "#job" if request.htmx else ""
    return render(request, "inbox/bulk/job.html" + part, context)


@door(TRIAGE, "POST")
def cancel(request: DeskRequest, pk: int) -> HttpResponse:
    job = bulk.cancel_job(job=find(request, pk), by=request.user)
    text = _("Stopped after %(count)s. What was done can be undone.") % {"count": job.settled}
    return _answer(request, job, text)


@door(TRIAGE, "POST")
def undo(request: DeskRequest, pk: int) -> HttpResponse:
    job = bulk.undo_job(job=find(request, pk), by=request.user)
    return _started(request, job)


def find(request: DeskRequest, pk: int) -> BulkJob:
    jobs = BulkJob.objects.visible_to(request.user)
    return get_object_or_404(jobs.select_related("by", "undoes", "undone_by"), pk=pk)


def _spelt_out(data: QueryDict) -> QueryDict:
    """Return `data` with the act that the pressed button stands for."""
    spelt = data.copy()
    for button, (act, argument) in BUTTONS.items():
        if button in data:
            spelt["act"] = act
            if argument:
                spelt[argument] = data[button]
    return spelt


def _order(values: dict[str, Any], data: Any) -> bulk.Order:
    until = None
    if values["act"] == BulkJob.Act.SNOOZE:
        form = SnoozeForm({"until": data.get("snooze", ""), "at": data.get("at", "")})
        cleaned(form)
        until = form.moment
    return bulk.Order(act=values["act"], to=values["to"], label=values["label"], until=until)


def _picked(texts: list[str]) -> list[tuple[int, int | None]]:
    """Return what was picked: each an id, and the version that the page showed."""
    pairs = [text.split(":") for text in texts]
    fits = all(
        len(pair) == 2 and all(part.isdecimal() and len(part) < 10 for part in pair)
        for pair in pairs
    )
    if not fits:
        raise BadInput(_("This choice cannot be read. Reload the page and choose again."))
    return [(int(pk), int(seen)) for pk, seen in pairs]


def _raw(query: str) -> dict[str, str]:
    return {name: value for name, value in QueryDict(query).items() if isinstance(value, str)}


def _confirm(
    request: DeskRequest,
    order: bulk.Order,
    picked: list[tuple[int, int | None]],
    found: QueueFilter | None,
) -> HttpResponse:
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
    ]
    context = {"order": order, "found": found, "count": len(picked), "fields": fields}
    if not request.htmx:
        return render(request, "inbox/bulk/confirm.html", context)
    answer = render(request, "inbox/bulk/confirm.html#confirm", context)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#bulk-dialog", "innerHTML"
    return answer


def _started(request: DeskRequest, job: BulkJob) -> HttpResponse:
    if not bulk.is_instant(job):
        return _answer(request, job, _("Started: %(what)s.") % {"what": job})
    bulk_running.run_job(job_id=job.pk)
    job.refresh_from_db()
    return _answer(request, job, _summary(job), ids=_ids(job))


def _summary(job: BulkJob) -> str:
    done = ngettext("%(what)s: %(count)s done.", "%(what)s: %(count)s done.", job.done)
    text = done % {"what": job, "count": job.done}
    if left := job.total - job.done:
        words = ngettext("%(count)s left as it is.", "%(count)s left as they are.", left)
        text += " " + words % {"count": left}
    return text


def _ids(job: BulkJob) -> list[int]:
    return list(job.results.values_list("conversation_id", flat=True))


def _answer(
    request: DeskRequest, job: BulkJob, text: str, ids: list[int] | None = None
) -> HttpResponse:
    undo_url = ""
    if bulk.can_undo(job=job, by=request.user):
        undo_url = reverse("inbox:bulk_undo", args=[job.pk])
    if not request.htmx:
        return toast(request, redirect(job), text, undo_url=undo_url)
    response = HttpResponse()
    response["HX-Reswap"] = "none"
    events: dict[str, Any] = {"bulk-changed": {}, "bulk-started": {}}
    if ids:
        events["conversation-changed"] = {"ids": ids, "mine": True}
    response["HX-Trigger"] = json.dumps(events)
    return toast(request, response, text, undo_url=undo_url)


def _with_names(user: User, rows: list[BulkResult]) -> list[dict[str, Any]]:
    """Each result with its conversation, if the reader may see that."""
    ids = [row.conversation_id for row in rows]
    seen = Conversation.objects.visible_to(user).select_related("author").in_bulk(ids)
    return [{"result": row, "conversation": seen.get(row.conversation_id)} for row in rows]
