"""Three bare views: a list of 25 rows, a thread, and one row written."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from inbox.models import Conversation, Message, Note

LIST = Template("""<!doctype html><title>Queue</title><ul>{% for row in rows %}<li>
<a href="/{{ row.pk }}/">{{ row.author.name }}</a> {{ row.channel.name }}
{{ row.assignee.username }} {{ row.priority }} {{ row.preview }} {{ row.last_message_at }}
</li>{% endfor %}</ul>""")
THREAD = Template("""<!doctype html><title>{{ row.author.name }}</title><ol>
{% for message in messages %}<li>{{ message.author.name }} {{ message.sent_at }}
<p>{{ message.text }}</p></li>{% endfor %}</ol>""")


@login_required
def queue(request: HttpRequest) -> HttpResponse:
    rows = Conversation.objects.filter(status="open").order_by("rank_at", "pk")
    rows = rows.select_related("author", "channel", "assignee")[:25]
    return HttpResponse(LIST.render(Context({"rows": rows})))


@login_required
def thread(request: HttpRequest, pk: int) -> HttpResponse:
    row = Conversation.objects.select_related("author").get(pk=pk)
    rows = Message.objects.filter(conversation=pk).select_related("author").defer("raw")
    return HttpResponse(THREAD.render(Context({"row": row, "messages": rows})))


@csrf_exempt
@login_required
def reply(request: HttpRequest, pk: int) -> HttpResponse:
    Note.objects.create(conversation_id=pk, author_id=request.user.pk, text=request.POST["text"])
    return HttpResponse(status=204)


urlpatterns = [path("", queue), path("<int:pk>/", thread), path("<int:pk>/reply/", reply)]
