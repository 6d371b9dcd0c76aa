"""Plays a written scenario: people post, edit, delete and write messages at their times.

Progress is stored with each step, in the step's own transaction, so a restarted network goes on
where it ended and never plays a step twice.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from inbox.practice.database import Row
from inbox.practice.server import cancel
from inbox.practice.x import mail, media, posts, users
from inbox.practice.x.api import Network
from inbox.practice.x.signin import read_form
from inbox.practice.x.store import Store, now_ms

FOLDER = Path(__file__).parent / "scenarios"
BRAND = "{brand}"
CURRENT = "scenario"


class NoScenario(ValueError):
    """There is no scenario of that name."""


def load(name: str) -> dict[str, Any]:
    """Return a scenario of ours by name. Raises NoScenario."""
    if name not in names():
        raise NoScenario(f"there is no scenario {name!r}; there is {', '.join(names())}")
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def status(store: Store) -> dict[str, Any]:
    """Return what is being played and how far it is; empty if nothing ever was."""
    current: dict[str, Any] = store.recall(CURRENT) or {}
    if not current:
        return {}
    return current | {"finished": current["done"] >= current["steps"]}


@dataclass
class Stage:
    """Where a scenario is played: for which brand, with which cast."""

    store: Store
    name: str
    brand: str
    people: dict[str, dict[str, Any]]

    def carry_out(self, step: dict[str, Any]) -> None:
        """Play one step."""
        actions = {
            "post": self._post,
            "edit": self._edit,
            "delete": self._delete,
            "message": self._message,
        }
        actions[step.get("do", "post")](step)

    def _post(self, step: dict[str, Any]) -> None:
        post = posts.create(
            self.store,
            self._person(step["by"]),
            self._text(step),
            parent=self._find(step["reply_to"]) if "reply_to" in step else None,
            created_at=self._moment(step),
            lang=step.get("lang"),
            source_key=self._key(step["key"]) if "key" in step else None,
        )
        media.draw_for(self.store, post["author_id"], post["first_id"], step.get("media", ()))

    def _edit(self, step: dict[str, Any]) -> None:
        posts.edit(self.store, self._find(step["key"]), self._text(step))

    def _delete(self, step: dict[str, Any]) -> None:
        posts.delete(self.store, self._find(step["key"]))

    def _message(self, step: dict[str, Any]) -> None:
        recipient = users.ensure(self.store, self.brand)
        mail.send(self.store, self._person(step["by"]), recipient, self._text(step))

    def _person(self, handle: str) -> Row:
        if handle == BRAND:
            return users.ensure(self.store, self.brand)
        facts = dict(self.people.get(handle, {}))
        return users.ensure(
            self.store,
            handle,
            name=facts.get("name"),
            bio=facts.get("bio"),
            followers=facts.get("followers"),
            is_verified=facts.get("verified"),
            created_at=now_ms() - int(facts.get("years", 3) * 365 * posts.DAY_MS),
        )

    def _text(self, step: dict[str, Any]) -> str:
        return str(step["text"]).replace(BRAND, f"@{self.brand}")

    def _moment(self, step: dict[str, Any]) -> int | None:
        return now_ms() - int(step["ago"] * 1000) if "ago" in step else None

    def _key(self, key: str) -> str:
        return f"scenario/{self.name}/{self.brand.lower()}/{key}"

    def _find(self, key: str) -> Row:
        found = self.store.row("SELECT * FROM posts WHERE source_key = ?", self._key(key))
        if found is None:
            raise KeyError(f"the scenario refers to {key!r} before it is posted")
        return posts.newest_version(self.store, found)


class Player:
    """Plays at most one scenario at a time, in the background of the server."""

    def __init__(self, network: Network) -> None:
        self.store = network.store
        self.task: asyncio.Task[None] | None = None

    def routes(self) -> list[Route]:
        return [
            Route("/practice/scenario", self._get, methods=["GET"]),
            Route("/practice/scenario", self._post, methods=["POST"]),
        ]

    async def _get(self, request: Request) -> Response:
        return JSONResponse(self.status())

    async def _post(self, request: Request) -> Response:
        """name, as (the brand's handle), speed (1 is as written): play, or go on with it.

        As JSON, or from the form on the page of controls.
        """
        is_form = "form" in request.headers.get("content-type", "")
        try:
            body = await read_form(request) if is_form else await request.json()
            await self.play(body.get("name", "outage"), body["as"], float(body.get("speed", 1)))
        except KeyError as exc:
            return JSONResponse({"error": f"{exc} is missing"}, 422)
        except (ValueError, TypeError) as exc:
            return JSONResponse({"error": str(exc)}, 422)
        return RedirectResponse("/practice", 303) if is_form else JSONResponse(self.status())

    def status(self) -> dict[str, Any]:
        return status(self.store)

    async def play(self, name: str, brand: str, speed: float) -> None:
        """Start a scenario, or go on with it at another speed. Raises ValueError.

        What was played for a brand stays played: a finished scenario does not begin again.
        """
        script = load(name)
        if speed <= 0:
            raise ValueError("speed must be above 0")
        facts = script["brand"]
        user = users.ensure(self.store, brand, can_sign_in=True)
        if user["name"] == user["handle"]:  # a brand of its own keeps its name
            users.ensure(
                self.store, brand, **{key: facts.get(key) for key in ("name", "bio", "followers")}
            )
        await self.stop()
        progress = f"{CURRENT}:{name}:{user['handle_key']}"
        self.store.remember(
            CURRENT,
            {
                "name": name,
                "as": user["handle"],
                "speed": speed,
                "done": self.store.recall(progress) or 0,
                "steps": len(script["steps"]),
            },
        )
        self.go_on()

    def go_on(self) -> None:
        """Continue whatever was being played when the network ended."""
        status = self.status()
        if status and not status["finished"]:
            self.task = asyncio.get_running_loop().create_task(self._run(status))

    async def stop(self) -> None:
        await cancel(self.task)
        self.task = None

    async def _run(self, status: dict[str, Any]) -> None:
        script = load(status["name"])
        stage = Stage(self.store, status["name"], status["as"], script["people"])
        steps, speed = script["steps"], status["speed"]
        played = steps[status["done"] - 1]["at"] if status["done"] else 0
        loop = asyncio.get_running_loop()
        began = loop.time() - played / speed
        for index in range(status["done"], len(steps)):
            await asyncio.sleep(max(0.0, began + steps[index]["at"] / speed - loop.time()))
            with self.store.transaction():
                stage.carry_out(steps[index])
                self._note(status, index + 1)

    def _note(self, status: dict[str, Any], done: int) -> None:
        current = {key: status[key] for key in ("name", "as", "speed", "steps")}
        self.store.remember(CURRENT, current | {"done": done})
        self.store.remember(f"{CURRENT}:{status['name']}:{status['as'].lower()}", done)
