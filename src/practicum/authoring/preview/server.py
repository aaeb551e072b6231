"""Serve previews on this machine alone, and tell open pages when a file was saved."""

from __future__ import annotations

import asyncio
import datetime as dt
import mimetypes
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from watchfiles import awatch

from practicum.authoring.preview.page import assets, list_page, module_page
from practicum.authoring.preview.shown import Place, Shown

HOST = "127.0.0.1"
ASSETS = "-"
SAVED_WITHIN_MS = 60
"""Changes within this time are told once: an editor saves in several steps."""

_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"}
_FILE_BYTES_MAX = 10_000_000
_MARKDOWN = {".md", ".markdown"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Preview:
    """A preview that is being served."""

    def __init__(self, shown: Shown, *, home: Path | None) -> None:
        self._shown, self._home = shown, home
        self._pages: set[asyncio.Queue[bool]] = set()
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.port = 0

    async def start(self, port: int) -> web.AppRunner:
        """Serve on a port of the loopback interface, 0 for any; OSError if it is taken."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_get("/", self._list)
        app.router.add_get(f"/{ASSETS}/events", self._events)
        app.router.add_get(f"/{ASSETS}/{{name}}", self._asset)
        app.router.add_get("/{path:.+}", self._file)
        app.on_shutdown.append(self._close)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, HOST, port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self.port = runner.addresses[0][1]
        self._tasks = [asyncio.create_task(self._watch(root)) for root in self._shown.watched]
        return runner

    async def _close(self, app: web.Application) -> None:
        self._stop.set()
        for page in self._pages:
            page.put_nowait(False)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, root: Path) -> None:
        """Tell all pages of each save, and watch again when the folder was away for a while."""
        while not self._stop.is_set():
            try:
                async for _ in awatch(
                    root, step=SAVED_WITHIN_MS // 2, debounce=SAVED_WITHIN_MS, stop_event=self._stop
                ):
                    for page in self._pages:
                        page.put_nowait(True)
            except OSError:
                await asyncio.sleep(1)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only who asks this machine by its own name is answered, so that no other page's
        script can read what is here; and no page may load or run anything but ours."""
        if request.host not in (f"{HOST}:{self.port}", f"localhost:{self.port}"):
            raise web.HTTPForbidden(text=f"ask for http://{HOST}:{self.port}/\n")
        response = await handler(request)
        if not response.prepared:
            response.headers.setdefault("Content-Security-Policy", _POLICY)
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["Cache-Control"] = "no-store"
        return response

    async def _list(self, request: web.Request) -> web.StreamResponse:
        titles = self._shown.titles()
        if len(titles) == 1:
            raise web.HTTPFound(titles[0].address)
        return _html(list_page(self._shown))

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        found = assets().get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(text=found[0], content_type=found[1])

    async def _file(self, request: web.Request) -> web.StreamResponse:
        place = self._shown.place(request.match_info["path"])
        if place is None:
            raise web.HTTPNotFound(text="there is nothing here; / lists the modules\n")
        if place.path.suffix in _MARKDOWN or (place.module and place.module.is_paper):
            today = dt.date.today()
            page = await asyncio.to_thread(module_page, self._shown, place, self._home, today)
            return _html(page)
        if place.path.is_dir() and (place.path / "module.md").is_file():
            raise web.HTTPFound(f"/{request.match_info['path'].rstrip('/')}/module.md")
        return _plain_file(place)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """An event for each save, for as long as the page is open."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        page: asyncio.Queue[bool] = asyncio.Queue()
        self._pages.add(page)
        try:
            await response.write(b"retry: 500\n\n")
            while await _next(page):
                await response.write(b"data: saved\n\n")
        except ConnectionError:
            pass  # the page was closed
        finally:
            self._pages.discard(page)
        return response


async def _next(page: asyncio.Queue[bool]) -> bool:
    """Whether to go on, when something was saved; saves that were not told yet count as one."""
    going_on = await page.get()
    while not page.empty():
        going_on = page.get_nowait() and going_on
    return going_on


def _html(page: str) -> web.Response:
    return web.Response(text=page, content_type="text/html")


def _plain_file(place: Place) -> web.StreamResponse:
    """A picture, or any other file as text; nothing of it can run on a page."""
    path = place.path
    if not path.is_file() or path.stat().st_size > _FILE_BYTES_MAX:
        raise web.HTTPNotFound(text=f"there is no file {path.name} that can be shown\n")
    if path.suffix.lower() in _PICTURES:
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        headers = {"Content-Security-Policy": "default-src 'none'; sandbox"}
        return web.Response(body=path.read_bytes(), content_type=kind, headers=headers)
    text = path.read_bytes().decode("utf-8", errors="replace")
    return web.Response(text=text, content_type="text/plain")
