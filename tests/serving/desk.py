"""A client of the API over a published village, with a clock that stands still and tokens on demand."""

import json
from datetime import timedelta

from fastapi.testclient import TestClient
from sqlalchemy import select

from serving.access.members import begin_membership, end_memberships
from serving.access.places import Level
from serving.access.roles import Role
from serving.access.tokens import issue, welcome
from serving.api.app import create_app
from serving.api.deps import the_clock
from serving.store.schema import OUTCOMES
from tests.serving.stores import copy_home, drop_home, open_store
from tests.serving.village import TWO_O_CLOCK, ZONE, TickingClock

MORNING = TWO_O_CLOCK + timedelta(hours=8)


class Desk:
    """The API, its store and its clock."""

    def __init__(self, home, *, store=None, **settings):
        self.home = home
        self.store = store or open_store(home)
        self.clock = TickingClock(MORNING)
        self.app = create_app(self.store, zone=ZONE, **settings)
        self.app.dependency_overrides[the_clock] = self._the_clock
        self.client = TestClient(self.app, raise_server_exceptions=False)

    async def _the_clock(self):
        return self.clock

    def token(self, scope, role=Role.SUPERVISOR, worker="w1", days=1):
        """Return a token of somebody who is a member of one place only."""
        level, _, scope_id = scope.partition(":")
        with self.store.write() as work:
            end_memberships(work, worker_id=worker, now=self.clock())
            return welcome(
                work,
                worker_id=worker,
                role=Role(role),
                level=Level(level),
                place_id=scope_id,
                now=self.clock(),
                expires_at=self.clock() + timedelta(days=days),
            )

    def another(self, worker, scope, role):
        """Let somebody act in one more place."""
        level, _, scope_id = scope.partition(":")
        with self.store.write() as work:
            begin_membership(
                work,
                worker_id=worker,
                role=Role(role),
                level=Level(level),
                place_id=scope_id,
                now=self.clock(),
            )

    def stranger(self):
        """Return a token of somebody who is a member of nothing."""
        with self.store.write() as work:
            return issue(
                work,
                worker_id="nobody",
                now=self.clock(),
                expires_at=self.clock() + timedelta(days=1),
            )

    def get(self, path, token=None, **headers):
        return self.client.get(path, headers=bearer(token) | headers)

    def post(self, path, body, token=None, **headers):
        return self.client.post(path, json=body, headers=bearer(token) | headers)

    async def ask(self, method, path, token, body):
        """Ask without a client between: status and body. Thousands of questions take half the time."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = [(b"content-length", str(len(content)).encode())]
        headers += [
            (name.lower().encode(), value.encode()) for name, value in bearer(token).items()
        ]
        if content:
            headers.append((b"content-type", b"application/json"))
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
            "method": method.upper(), "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": b"", "headers": headers, "client": ("10.0.0.9", 1), "server": ("x", 80),
        }  # fmt: skip
        sent = []

        async def receive():
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message):
            sent.append(message)

        await self.app(scope, receive, send)
        told = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], told.decode()

    def outcomes(self):
        with self.store.read() as connection:
            return connection.execute(select(OUTCOMES).order_by(OUTCOMES.c.recorded_at)).all()

    def close(self):
        self.client.close()
        self.store.close()
        drop_home(self.home)


def bearer(token):
    return {} if token is None else {"Authorization": f"Bearer {token.secret}"}


def desk_over(published, home, **settings):
    """Open a desk over a copy of a published home."""
    copy_home(published, home)
    return Desk(home, **settings)
