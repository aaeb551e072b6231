"""What can be wrong when a range is started: each is told clearly, and nothing is left."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import nats
import pytest
from hypothesis import given
from hypothesis import strategies as st

from practicum.servers import postgres
from practicum.servers.home import RangeError, RangeFolder, RangeState, check_name, state_home
from practicum.servers.plans import check_manifest
from practicum.servers.ports import HOST, choose
from practicum.servers.process.viewing import can_reach
from practicum.servers.ranges import Options, start_range, stop_range, wipe_range
from practicum.service.manifest import Manifest, ServiceSpec
from servers.stub_range import OPTIONS, STUBS, Up

PASSWORD = "hush-hush"


def can_mount() -> bool:
    """Whether this is root with the right to mount."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"]).returncode == 0


needs_mounts = pytest.mark.skipif(not can_mount(), reason="needs root and CAP_SYS_ADMIN")


async def refusal(home: Path, options: Options = OPTIONS, manifest: Manifest = STUBS) -> str:
    """Why a range does not start; afterwards nobody owns it."""
    with pytest.raises(RangeError) as caught:
        await start_range(home, "default", manifest, options)
    assert not RangeFolder(home, "default").is_owned
    return str(caught.value)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    yield from _mounted(tmp_path, "size=1m")


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that nobody may write to."""
    yield from _mounted(tmp_path, "ro")


def _mounted(tmp_path: Path, options: str) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


async def test_a_taken_fixed_port_is_named_with_its_holder(home: Path) -> None:
    """The message names the port and this very process."""
    with socket.socket() as taken:
        base = choose(["a"], {}, None)["a"]
        taken.bind((HOST, base + 1))
        taken.listen()
        options = msgspec.structs.replace(OPTIONS, port_base=base)
        said = await refusal(home, options)
    assert f"port {base + 1}, for postgres, is taken" in said
    assert f"pid {os.getpid()}" in said


def test_a_remembered_port_is_kept_while_it_is_free_and_replaced_when_taken() -> None:
    """Addresses stay valid, unless somebody else sits there."""
    ports = choose(["a", "b"], {}, None)
    assert choose(["a", "b"], ports, None) == ports
    with socket.socket() as taken:
        taken.bind((HOST, ports["a"]))
        taken.listen()
        again = choose(["a", "b"], ports, None)
    assert again["b"] == ports["b"]
    assert again["a"] not in ports.values()


@needs_mounts
async def test_a_full_disk_is_told(small_disk: Path) -> None:
    """How much is there and how much is needed."""
    assert "a new range needs 150" in await refusal(small_disk)


@needs_mounts
async def test_a_disk_without_a_free_byte_is_told(small_disk: Path) -> None:
    """Even the first small file does not fit."""
    with pytest.raises(OSError, match="No space"):
        (small_disk / "filler").write_bytes(b"x" * 2_000_000)
    assert "no space left" in await refusal(small_disk)


@needs_mounts
async def test_a_read_only_state_folder_is_told(read_only_disk: Path) -> None:
    """The folder is named, and the variable that moves it."""
    said = await refusal(read_only_disk)
    assert str(read_only_disk) in said
    assert "PRACTICUM_HOME" in said


async def test_a_folder_of_another_version_is_refused_and_kept(home: Path) -> None:
    """A range of a newer practicum is left as it is."""
    folder = RangeFolder(home, "default")
    folder.create()
    (folder.path / "schema").write_text("2\n")
    assert "is of version '2'" in await refusal(home)
    assert (folder.path / "schema").read_text() == "2\n"


async def test_a_cluster_of_another_postgres_is_refused_and_kept(home: Path) -> None:
    """The data of another major version are not touched."""
    version = home / "ranges/default/postgres/data/PG_VERSION"
    version.parent.mkdir(parents=True)
    version.write_text("17\n")
    assert "PostgreSQL 17" in await refusal(home)
    assert version.read_text() == "17\n"


async def test_a_broken_memory_is_told(home: Path) -> None:
    """A state file that is no JSON does not become a traceback."""
    folder = RangeFolder(home, "default")
    folder.create()
    (folder.path / "state.json").write_text("{")
    assert "cannot be read" in await refusal(home)


@pytest.mark.parametrize(
    ("field", "scheme", "variable"),
    [
        ("nats_url", "nats", "PRACTICUM_NATS_URL"),
        ("postgres_url", "postgresql", "PRACTICUM_POSTGRES_URL"),
    ],
)
async def test_an_external_server_that_does_not_answer_is_named_by_its_variable(
    home: Path, field: str, scheme: str, variable: str
) -> None:
    """Without the password that stands in the address."""
    url = f"{scheme}://me:{PASSWORD}@{HOST}:{choose(['x'], {}, None)['x']}"
    said = await refusal(home, msgspec.structs.replace(OPTIONS, **{field: url}))
    assert variable in said
    assert PASSWORD not in said


async def test_external_servers_are_used_prefixed_and_cleaned(home: Path, up: Up) -> None:
    """A second range lives on the servers of a first, and a wipe takes only its own away."""
    theirs = await (await up("theirs")).status()
    options = msgspec.structs.replace(
        OPTIONS, nats_url=theirs.nats_url, postgres_url=theirs.postgres_url
    )
    client, _ = await start_range(home, "mine", STUBS, options)
    status = await client.status()
    assert [m.state for m in status.members] == ["external", "external", "ready", "ready"]
    log = await nats.connect(theirs.nats_url)
    for name in ("practicum_mine_x", "practicum_theirs_x"):
        await log.jetstream().add_stream(name=name, subjects=[name])
    with pytest.raises(RangeError, match="external"):
        await client.kill("nats")
    await wipe_range(home, "mine", options)
    assert [s.config.name for s in await log.jetstream().streams_info()] == ["practicum_theirs_x"]
    await log.close()
    connection = await asyncpg.connect(theirs.postgres_url)
    rows = await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'prac%'")
    await connection.close()
    assert {row["datname"].split("_")[1] for row in rows} == {"theirs"}


async def test_a_service_that_cannot_start_fails_the_range_with_its_last_words(
    home: Path,
) -> None:
    """The range is not left half up."""
    broken = ServiceSpec(name="order", module="x", settings={"broken": True})
    said = await refusal(home, manifest=Manifest(name="b", edge="order", services=(broken,)))
    assert "order: died 5 times before it was ready" in said
    assert "I am broken on purpose" in said
    assert "order.log" in said


async def test_an_unknown_process_gets_the_nearest_name(up: Up) -> None:
    """And all names that there are."""
    client = await up()
    with pytest.raises(RangeError, match=r"did you mean payment\?"):
        await client.pause("paymnt")


async def test_stopping_a_range_that_never_was_is_no_error(home: Path) -> None:
    """Down is the state that was asked for."""
    assert not await stop_range(home, "default")


@given(st.text())
def test_a_name_is_accepted_or_refused_in_words(name: str) -> None:
    """An accepted name is safe in a path, a stream and a database."""
    accepted = None
    with contextlib.suppress(RangeError):
        accepted = check_name(name)
    if accepted is not None:
        assert accepted.replace("-", "").isalnum()
        assert accepted.isascii()


@pytest.mark.parametrize("name", ["../x", "A", "", "a b", "a/b", "-a", "a" * 32, "a\n"])
def test_a_name_that_could_leave_the_home_is_refused(name: str) -> None:
    """Names become paths."""
    with pytest.raises(RangeError):
        check_name(name)


@pytest.mark.parametrize(
    ("services", "words"),
    [
        ((ServiceSpec(name="a", module="x", after=("b",)),), "names b"),
        ((ServiceSpec(name="a", module="x", after=("a",)),), "wait for one another"),
        ((ServiceSpec(name="a", module="x", members=0),), "needs one"),
        ((ServiceSpec(name="b", module="x"),), "edge"),
    ],
)
def test_a_manifest_that_cannot_run_is_refused(
    services: tuple[ServiceSpec, ...], words: str
) -> None:
    """Before anything is started."""
    with pytest.raises(RangeError, match=words):
        check_manifest(Manifest(name="m", edge="a", services=services))


def test_secrets_are_for_their_owner_only(home: Path) -> None:
    """The memory of a range holds passwords."""
    folder = RangeFolder(home, "default")
    folder.create()
    folder.save(RangeState())
    assert (folder.path / "state.json").stat().st_mode & 0o077 == 0
    assert folder.logs.stat().st_mode & 0o077 == 0


def test_the_home_is_where_the_variable_says() -> None:
    """And somewhere sensible without it."""
    assert state_home({"PRACTICUM_HOME": "/x/y"}) == Path("/x/y")
    assert state_home({}).name == "practicum"


@needs_mounts
async def test_a_closed_home_works_for_root_and_nothing_is_opened(tmp_path: Path) -> None:
    """PostgreSQL runs as nobody below a folder that nobody may enter."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    await start_range(closed / "home", "default", STUBS, OPTIONS)
    try:
        data = closed / "home/ranges/default/postgres/data"
        owner = pwd.getpwuid(data.stat().st_uid).pw_name
        assert owner == "nobody"
        assert closed.stat().st_mode & 0o777 == 0o700
        assert not any("cluster" in line for line in Path("/proc/mounts").read_text().split())
    finally:
        await stop_range(closed / "home", "default")


@needs_mounts
def test_a_closed_folder_without_the_right_to_mount_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to do about it."""
    monkeypatch.setattr(postgres, "may_mount", lambda: False)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(RangeError, match=r"closed.*chmod o\+x"):
        postgres.view_of(closed, postgres.install_folder())


@needs_mounts
def test_an_open_folder_needs_no_mount() -> None:
    """Where nobody can pass, privileges are dropped and that is all."""
    user = pwd.getpwnam("nobody")
    assert can_reach(Path("/usr/bin"), user.pw_uid, user.pw_gid)
    assert not can_reach(Path("/proc/1/map_files"), user.pw_uid, user.pw_gid)


async def test_vacating_a_folder_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    """The first start has nobody to wait for."""
    async with asyncio.timeout(10):
        await postgres.vacate(tmp_path / "nothing")
