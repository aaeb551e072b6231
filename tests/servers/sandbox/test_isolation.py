"""Nothing outside can be seen, reached or changed from the sandbox.

Each hostile program prints ``got`` when it succeeds, and is run twice: without the sandbox,
where it must, or it would prove nothing; and within.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

import practicum
from practicum.servers.sandbox import bubblewrap, running
from practicum.servers.sandbox.bubblewrap import PYTHON, Bind, check_file, covered
from practicum.servers.sandbox.running import Sandbox
from practicum.servers.sandbox.seccomp import filter_program
from servers.sandbox.conftest import Run


def only_outside(run: Run, code: str) -> None:
    """The program succeeds without the sandbox, and within it does not."""
    code = textwrap.dedent(code)
    outside = run(code, own_code=True)
    assert "got" in outside.said, outside
    inside = run(code)
    assert "got" not in inside.said, inside
    assert not inside.starved


@pytest.fixture
def listeners() -> Iterator[dict[str, object]]:
    """Servers on loopback: a TCP port, a UDP port and an abstract Unix socket."""
    abstract = f"practicum-{uuid.uuid4()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as unix,
    ):
        unix.bind(f"\0{abstract}")
        unix.listen()
        yield {"port": tcp.getsockname()[1], "abstract": abstract}


def test_there_is_no_network(run: Run, listeners: dict[str, object]) -> None:
    """Not even that of the machine itself."""
    only_outside(
        run,
        f"""
        import socket
        socket.create_connection(("127.0.0.1", {listeners["port"]}), 5)
        print("got")
        """,
    )


def test_abstract_sockets_are_out_of_reach(run: Run, listeners: dict[str, object]) -> None:
    """They belong to the network, whatever the files are."""
    only_outside(
        run,
        f"""
        import socket
        socket.socket(socket.AF_UNIX).connect(chr(0) + {listeners["abstract"]!r})
        print("got")
        """,
    )


def test_names_are_not_resolved(run: Run) -> None:
    """Neither by a server of names nor by the host's own list."""
    only_outside(run, "import socket; socket.getaddrinfo('localhost', 80, family=2); print('got')")
    assert "got" not in run("import socket; socket.gethostbyname('example.org'); print('got')").said


def test_files_outside_cannot_be_read(run: Run, open_folder: Path) -> None:
    """Wherever they are: a home, the state of Practicum, the system's settings."""
    secret = open_folder / "secret"
    secret.write_text("got")
    secret.chmod(0o644)
    for path in (secret, "/etc/hosts", "/etc/os-release", "/sys/kernel/mm", practicum.__file__):
        only_outside(
            run,
            f"import os; os.path.isdir({str(path)!r}) or open({str(path)!r}); print('got')",
        )


def test_the_users_of_the_host_are_not_told(run: Run) -> None:
    """There is a list of users, and only the one in the sandbox is in it."""
    ran = run("print(open('/etc/passwd').read())")
    assert ran.said.strip() == "nobody:x:65534:65534:nobody:/work:/bin/sh"
    only_outside(run, "import pwd; pwd.getpwnam('root'); print('got')")


def test_a_home_and_what_is_in_the_environment_stay_outside(
    run: Run, monkeypatch: pytest.MonkeyPatch, open_folder: Path
) -> None:
    """The environment is one that is the same for everybody."""
    monkeypatch.setenv("PRACTICUM_HOME", str(open_folder))
    monkeypatch.setenv("SECRET", "got")
    ran = run("import os; print(os.environ, os.path.expanduser('~'))")
    assert ran.good
    assert "got" not in ran.said
    assert str(open_folder) not in ran.said
    assert ran.said.strip().endswith("/work")
    assert not run(f"import os; os.listdir({str(open_folder)!r})").good
    # Where the interpreter lies in somebody's home, the way to it is all that is there.
    home = run(f"import os; print(*os.listdir({str(Path.home())!r}))").said.split()
    assert set(home) <= set(Path(PYTHON).parts) | {"lib64", "lib", "usr", "bin", "tmp", "work"}


def test_other_processes_cannot_be_seen(run: Run) -> None:
    """Those inside are numbered from one, and the first belongs to the sandbox."""
    count = "import os; print('got' * (sum(p.isdigit() for p in os.listdir('/proc')) > 2))"
    only_outside(run, count)
    assert run("print(open('/proc/1/cmdline').read()[:0], open('/proc/1/environ').read()[:0])").good
    assert run(f"import os; print(os.path.exists('/proc/{os.getpid()}/exe'))").said == "False\n"


@pytest.mark.parametrize("place", ["/", "/usr/lib", "/etc", "/dev", "/proc/sys/kernel", "/proc"])
def test_nothing_can_be_written_but_in_its_own_folders(run: Run, place: str) -> None:
    """Root is no more than anybody in there."""
    ran = run(f"open('{place}/written', 'w').write('got'); print('got')")
    assert "got" not in ran.said
    assert not Path(place, "written").exists()


def test_folders_outside_cannot_be_written(run: Run, open_folder: Path) -> None:
    """Though everybody may, outside."""
    only_outside(run, f"open({str(open_folder)!r} + '/written', 'a').write('x'); print('got')")
    assert (open_folder / "written").read_text() == "x"


def test_there_are_no_namespaces_within(run: Run) -> None:
    """In a new one it would be root, and the kernel's weak spots within reach."""
    only_outside(
        run,
        """
        import ctypes
        if ctypes.CDLL(None).unshare(0x10000000) == 0: print("got")
        """,
    )
    cloned = """
        import ctypes, os
        pid = ctypes.CDLL(None).syscall({number}, 0x10000000 | 17, 0, 0, 0, 0)
        if pid == 0: os._exit(0)
        if pid > 0: print("got")
        """
    only_outside(run, cloned.format(number={"x86_64": 56}.get(os.uname().machine, 220)))


def test_it_is_nobody_and_can_become_nobody_else(run: Run) -> None:
    """No capabilities, and no program can give it any."""
    ran = run("import os; print(os.getuid(), os.getgid(), open('/proc/self/status').read())")
    assert ran.said.startswith("65534 65534 ")
    for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"):
        assert line in ran.said
    assert "got" not in run("import os; os.setuid(0); print('got')").said


def test_root_is_not_root_outside_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernel sees, whatever the sandbox calls it: files of root's alone stay closed."""
    seen: list[str] = []
    handle = running._handle

    def look(pid: int) -> int | None:
        seen.append(Path(f"/proc/{pid}/status").read_text())
        return handle(pid)

    monkeypatch.setattr(running, "_handle", look)
    assert Sandbox().run([PYTHON, "-S", "-c", "pass"]).good
    uid = os.geteuid() or 65534
    assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}" in seen[0]


def test_processes_outside_cannot_be_signalled(run: Run) -> None:
    """They have no number in there."""
    code = """
        import os
        try: os.kill({pid}, 0); print("got")
        except PermissionError: print("got")
        """
    with subprocess.Popen(["sleep", "600"]) as sleeper:
        only_outside(run, code.format(pid=sleeper.pid))
        run("import os, signal; os.kill(-1, signal.SIGKILL)")
        assert sleeper.poll() is None
        sleeper.kill()


def test_memory_of_another_process_cannot_be_read(run: Run) -> None:
    """One that has a secret and one that has none may be in the same sandbox."""
    only_outside(
        run,
        """
        import ctypes, os
        libc = ctypes.CDLL(None)
        data = ctypes.create_string_buffer(b"got")
        into = ctypes.create_string_buffer(3)
        class Span(ctypes.Structure):
            _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
        mine, theirs = Span(ctypes.addressof(into), 3), Span(ctypes.addressof(data), 3)
        libc.process_vm_readv(os.getpid(), ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
        print(into.raw)
        """,
    )


def test_one_that_is_alone_has_threads_but_no_processes(run: Run) -> None:
    """Whichever of the ways to one it takes."""
    thread = (
        "import threading; t = threading.Thread(target=print, args=('got',)); t.start(); t.join()"
    )
    assert run(thread, alone=True).said == "got\n"
    for start in (
        "import os; os.fork() or os._exit(0); print('got')",
        "import subprocess; subprocess.run(['true'], check=True); print('got')",
        "import os; os.posix_spawn('/bin/true', ['true'], {}); print('got')",
        "import os; assert os.system('true') == 0; print('got')",
        "import ctypes; print('got' if ctypes.CDLL(None).vfork() >= 0 else '')",
    ):
        if "vfork" not in start:
            assert "got" in run(start).said
        assert "got" not in run(start, alone=True).said


def test_only_the_three_streams_are_handed_in(run: Run) -> None:
    """No descriptor of the caller's, and none of ours."""
    ran = run("import os; print(sorted(map(int, os.listdir('/proc/self/fd'))))")
    assert ran.said == "[0, 1, 2, 3]\n"  # the last is the listing's own


def test_what_is_installed_is_covered(tmp_path: Path) -> None:
    """Courses, and their solutions, travel in packages."""
    home = Path(practicum.__file__).resolve().parents[1]
    assert home in set(covered([Bind(home.parent, str(home.parent))]))
    ran = Sandbox().run(
        [
            PYTHON,
            "-c",
            "import sys, os; print([os.listdir(p) for p in sys.path if 'packages' in p])",
        ]
    )
    assert ran.good
    assert set(ran.said.strip()) <= set("[], ")


def test_names_of_files_lead_nowhere_else() -> None:
    """They are the caller's, and may be a learner's."""
    assert check_file("a/b.py") == "/tmp/work/a/b.py"
    for name in ("", ".", "/etc/passwd", "../x", "a/../../x", "a\0b"):
        with pytest.raises(ValueError, match="name for a file"):
            check_file(name)


def test_files_and_stdin_come_in_and_are_gone_afterwards(run: Run) -> None:
    """Each run begins with nothing but what it is given."""
    sandbox = Sandbox()
    code = "import sys, os; print(open('a/b').read(), sys.stdin.read(), os.listdir('/work'))"
    ran = sandbox.run([PYTHON, "-S", "-c", code], {"a/b": b"file"}, b"words" * 100_000)
    assert ran.said == f"file {'words' * 100_000} ['a']\n"
    assert sandbox.run([PYTHON, "-S", "-c", "import os; print(os.listdir('/work'))"]).said == "[]\n"


def test_a_folder_can_be_lent(open_folder: Path) -> None:
    """What is written there stays; a link that was left in it leads nowhere the next time."""
    outside = open_folder.with_name(open_folder.name + "-secret")
    outside.write_text("got")
    code = f"import os; os.symlink({str(outside)!r}, 'link'); open('kept', 'w').write('mine')"
    sandbox = Sandbox()
    assert sandbox.run([PYTHON, "-S", "-c", code], folder=open_folder).good
    assert (open_folder / "kept").read_text() == "mine"
    ran = sandbox.run([PYTHON, "-S", "-c", "print(open('link').read())"], folder=open_folder)
    assert "got" not in ran.said
    assert "No such file" in ran.complained
    with pytest.raises(ValueError, match="empty folder"):
        sandbox.run([PYTHON], {"link": b"changed"}, folder=open_folder)
    assert outside.read_text() == "got"
    outside.unlink()


def test_a_folder_and_one_socket_can_be_shown(open_folder: Path) -> None:
    """The socket is the only way out; the folder can be read but not written."""
    (open_folder / "lab").mkdir()
    (open_folder / "lab" / "notes").write_text("notes")
    (open_folder / "closed").mkdir(mode=0o700)
    path = open_folder / "closed" / "control.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        path.chmod(0o777)
        server.listen()
        sandbox = Sandbox(
            binds=[Bind(open_folder / "lab", "/lab"), Bind(path, "/run/control.sock")]
        )
        code = """
            import os, socket
            print(open("/lab/notes").read(), os.listdir("/run"))
            socket.socket(socket.AF_UNIX).connect("/run/control.sock")
            open("/lab/written", "w")
            """
        ran = sandbox.run([PYTHON, "-S", "-c", textwrap.dedent(code)])
        assert ran.said == "notes ['control.sock']\n"
        assert "Read-only file system: '/lab/written'" in ran.complained
        server.accept()[0].close()


def test_a_machine_whose_calls_we_do_not_know_has_no_filter() -> None:
    """Then there is no sandbox; the filters that are known fit into what the kernel takes."""
    assert filter_program("s390x") is None
    for machine in ("x86_64", "aarch64"):
        for alone in (False, True):
            program = filter_program(machine, alone=alone)
            assert program is not None
            assert len(program) % 8 == 0
            assert len(program) // 8 < 4096


def test_the_interpreter_is_one_without_an_environment() -> None:
    """That of a virtual environment would need the environment's folder."""
    assert Path(PYTHON).is_file()
    assert sys.base_prefix in PYTHON or Path(PYTHON).is_relative_to("/usr")
    assert bubblewrap.ENVIRONMENT["PATH"].startswith(str(Path(PYTHON).parent))
