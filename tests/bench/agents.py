"""Simulated agents on the full stack while messages pour in: how long they wait, what is lost.

Each reads the list, opens a conversation, takes it, writes a draft and submits it. In the end
every message that was fed must be in exactly one conversation that people can see, and every
submitted text must be there.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import ExitStack

from django.db import connection

from crisisdesk.settings import BASE_DIR
from inbox.models import Channel, Conversation, Message, Stream, User
from responses.models import Draft
from tests.bench.client import Answer, Browser
from tests.bench.figures import percentile, table
from tests.bench.seed import begin, grow, make_people
from tests.bench.servers import PRODUCT, background, serving

THINKS = (0.5, 2.0)  # seconds between two acts of an agent
WAITING = 2000  # conversations that are open before it begins
CHANNELS = 4  # that messages come in on
# Somebody else took it, answered it or changed it: people meet that too, and are told so.
EXPECTED = {409}


class Agent(threading.Thread):
    """One person who works through the queue until `until`."""

    def __init__(self, port: int, person: User, until: float) -> None:
        super().__init__(daemon=True)
        self.browser = Browser(port, person)
        self.person = person
        self.until = until
        self.times: dict[str, list[float]] = defaultdict(list)
        self.answers: Counter[tuple[str, int]] = Counter()
        self.submitted: dict[int, str] = {}
        self.failure: BaseException | None = None

    def run(self) -> None:
        connection.close()
        try:
            while time.monotonic() < self.until:
                self._one()
        except Exception as error:  # told in the end, with what else happened
            self.failure = error

    def _one(self) -> None:
        page = self._do("list", self.browser.get("/", htmx=True))
        ids = page.rows()
        if not ids:
            return
        pk = random.choice(ids[:30])
        opened = self._do("open", self.browser.get(f"/conversations/{pk}/", htmx=True))
        self._do("take", self.browser.post(f"/conversations/{pk}/take/", to=opened.field("to")))
        path = f"/conversations/{pk}/reply/"
        panel = self._do("composer", self.browser.get(path, htmx=True))
        form = {name: panel.field(name) for name in FIELDS}
        if not form["seen_version"]:
            return  # a colleague's answer is in review already
        text = f"{self.person.username} on {pk} at {time.monotonic():.3f}: we are on it."
        saved = self._do("save", self.browser.post(f"{path}save/", text=text, **form))
        if saved.status != 200:
            return
        form |= {name: saved.field(name) for name in ("draft", "base")}
        done = self._do(
            "submit", self.browser.post(f"{path}compose/", text=text, act="submit", **form)
        )
        if done.status == 200:
            self.submitted[int(form["draft"])] = text

    def _do(self, name: str, answer: Answer) -> Answer:
        self.times[name].append(answer.ms)
        self.answers[name, answer.status] += 1
        time.sleep(random.uniform(*THINKS))
        return answer


FIELDS = ("draft", "base", "last", "seen_version", "seen_at")


def measure_agents(count: int, minutes: float, rate: int, port: int) -> None:
    """Let `count` agents work for `minutes` while `rate` messages a second come in."""
    grow(begin(), WAITING)
    desk_channels = list(Channel.objects.order_by("pk")[:CHANNELS])
    # Nothing outside is asked: the messages come from the feeder alone.
    Stream.objects.update(next_poll_at="2999-01-01T00:00Z")
    people = make_people("colleague", count)
    seconds = int(minutes * 60)
    handles = ",".join(channel.handle for channel in desk_channels)
    with ExitStack() as stack:
        stack.enter_context(serving(PRODUCT, port))
        stack.enter_context(background())
        feeder = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.feeder", handles, str(rate), str(seconds)],
            cwd=BASE_DIR, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        until = time.monotonic() + seconds
        agents = [Agent(port, person, until) for person in people]
        for agent in agents:
            agent.start()
        fed, _ = feeder.communicate(timeout=seconds + 120)
        for agent in agents:
            agent.join(timeout=120)
    if _report(agents, fed.split(), feeder.returncode):
        raise SystemExit("the desk did not hold")


def _report(agents: list[Agent], fed: list[str], feeder_code: int) -> bool:
    """Print what happened; true if anything went wrong."""
    times, answers = defaultdict(list), Counter()
    for agent in agents:
        answers += agent.answers
        for name, values in agent.times.items():
            times[name] += values
    rows = [
        (name, len(values), percentile(values, 0.5), percentile(values, 0.95))
        for name, values in times.items()
    ]
    table(("action", "times", "p50 ms", "p95 ms"), rows)
    refused = {key: n for key, n in answers.items() if key[1] in EXPECTED}
    errors = {key: n for key, n in answers.items() if key[1] not in EXPECTED | {200, 204}}
    print("told that a colleague was quicker (409):", _words(refused))
    print("errors:", _words(errors))
    failures = [repr(agent.failure) for agent in agents if agent.failure]
    print("agents that broke off:", failures or "none")
    missing, lost = _missing(fed), _lost_drafts(agents)
    print(f"{len(fed)} messages fed, {missing} not in one visible conversation")
    print(f"{sum(len(agent.submitted) for agent in agents)} replies submitted, {lost} lost")
    return bool(errors or failures or missing or lost or feeder_code)


def _missing(fed: list[str]) -> int:
    viewer = User.objects.filter(role="manager").first()
    assert viewer
    visible = Conversation.objects.visible_to(viewer)
    found = Message.objects.filter(external_id__in=fed, conversation__in=visible)
    once = Counter(found.values_list("external_id", flat=True))
    return sum(once[external_id] != 1 for external_id in fed)


def _lost_drafts(agents: list[Agent]) -> int:
    wanted = {pk: text for agent in agents for pk, text in agent.submitted.items()}
    kept = dict(Draft.objects.filter(pk__in=wanted).values_list("pk", "text"))
    return sum(kept.get(pk) != text for pk, text in wanted.items())


def _words(counts: dict[tuple[str, int], int]) -> str:
    return ", ".join(f"{name} {status}: {n}" for (name, status), n in counts.items()) or "none"
