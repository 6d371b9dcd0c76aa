"""Who must approve on one channel: a part of the channel's settings page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from inbox.models import Channel
from inbox.views.door import DeskRequest, door, toast
from responses.forms import PolicyForm
from responses.operations.policy import policy_for, set_policy


@door("responses.change_approvalpolicy", "GET", "POST")
def policy(request: DeskRequest, pk: int) -> HttpResponse:
    """Show and set the policy; a page of its own without htmx."""
    channels = Channel.objects.visible_to(request.user)
    channel = get_object_or_404(channels.select_related("approval_policy"), pk=pk)
    form = PolicyForm(request.POST or None, instance=policy_for(channel))
    template = "responses/policy.html" + ("#policy" if request.htmx else "")
    context = {"channel": channel, "form": form}
    if request.method == "GET" or not form.is_valid():
        return render(request, template, context)
    fresh = get_object_or_404(channels, pk=pk)
    set_policy(channel=fresh, by=request.user, **form.cleaned_data)
    words = _("Saved. It holds for every reply from now on.")
    response = render(request, template, context) if request.htmx else redirect(channel)
    return toast(request, response, words)
