"""The embedded desk as a newcomer starts it: its memory, and how long a post takes to a browser."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import threading
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.figures import met, percentile
from tests.bench.servers import memory
from tests.e2e.browser import chromium_browser
from tests.e2e.demo import Demo, running_demo

MOST_MEMORY = 400.0  # MB
MOST_WAIT = 300.0  # ms, median
POSTS = 24
SPACING = 2.7  # seconds; no multiple of it is the poll's interval

# The browser itself notes the frame in which a row first stood in the list: asking it over and
# over from outside takes longer than what is measured.
NOTE_FRAMES = """
window.framesOf = {};
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) {
    const words = node.closest?.("#rows") && node.textContent.match(/bench\\d+ nothing works here/);
    if (words) requestAnimationFrame(() => { window.framesOf[words[0]] ??= Date.now(); });
  }
}).observe(document, { childList: true, subtree: true });
"""


def measure_embedded() -> None:
    """Start the demo, weigh its processes, and watch posts arrive in Chromium."""
    folder = Path(tempfile.mkdtemp(prefix="bench"))
    with running_demo(folder / "desk") as demo:
        time.sleep(5)  # the workers have then done each of their tasks once
        _weigh(demo)
        with chromium_browser() as browser:
            _watch(demo, browser, folder / "desk" / "desk.sqlite3")


def _weigh(demo: Demo) -> None:
    pids = [demo.process.pid, *_children(demo.process.pid)]
    total = sum(memory(pid) for pid in pids) / 1e6
    print(f"embedded stack: {total:.0f} MB in {len(pids)} processes", met(total, MOST_MEMORY))


def _children(pid: int) -> list[int]:
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for child in below for one in (int(child), *_children(int(child)))]


def _watch(demo: Demo, browser: Any, database: Path) -> None:
    """Post, and note when the row stands in the list of a browser that sorts by newest.

    The network is polled, so a post waits for the next poll first; what the desk itself takes
    counts from the moment it has the message.
    """
    page = browser.new_context().new_page()
    page.add_init_script(NOTE_FRAMES)
    page.goto(f"{demo.url}/accounts/login/")
    page.get_by_label("Username or e-mail").fill("ana")
    page.get_by_label("Password").fill(demo.password("ana"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{demo.url}/")
    page.goto(f"{demo.url}/?sort=newest")
    posted: dict[str, float] = {}
    threading.Thread(target=_write, args=(demo, posted), daemon=True).start()
    waits, own = [], []
    for number in range(POSTS):
        seen = page.wait_for_function("(words) => window.framesOf[words]", arg=_words(number))
        shown = seen.json_value() / 1000
        waits.append((shown - posted[_words(number)]) * 1000)
        own.append((shown - _received(database, _words(number))) * 1000)
    print(f"{POSTS} posts: written to seen in the browser, median {percentile(waits, 0.5):.0f} ms;")
    median = percentile(own, 0.5)
    print(f"arrived to seen, median {median:.0f} ms,", met(median, MOST_WAIT), end="; ")
    print(f"p95 {percentile(own, 0.95):.0f} ms")


def _received(database: Path, words: str) -> float:
    """Return when the desk had the message with these words."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        query = "SELECT received_at FROM inbox_message WHERE text LIKE ?"
        [text] = connection.execute(query, [f"%{words}%"]).fetchone()
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def _words(number: int) -> str:
    return f"bench{number} nothing works here"


def _write(demo: Demo, posted: dict[str, float]) -> None:
    """Let the public write, one post every SPACING seconds."""
    for number in range(POSTS):
        posted[_words(number)] = time.time()
        _post(demo, f"bench_{number}", f"@nusahosting {_words(number)}")
        time.sleep(SPACING)


def _post(demo: Demo, author: str, text: str) -> None:
    body = json.dumps({"author": author, "text": text}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{demo.public_url}/practice/post", body, headers)
    urllib.request.urlopen(request, timeout=10).close()
