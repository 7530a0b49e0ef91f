"""Reading this host: real sockets and files in a temporary folder."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from mlflow_stack.checks.host import Port
from mlflow_stack.engine import host
from mlflow_stack.engine.host import _holder, folder_bytes, read_aws, read_port


def test_a_free_port_and_a_taken_one() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        listener.listen()
        taken = read_port("127.0.0.1", port)
        assert taken.taken
        if Path("/proc/net/tcp").exists():
            assert taken.holder.endswith(f"(process {os.getpid()})")
    assert read_port("127.0.0.1", port) == Port(False)


def test_an_address_of_another_host() -> None:
    assert read_port("192.0.2.1", 5000) == Port(None, bindable=False)


def test_the_holder_from_proc(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    row = "   0: 0100007F:1388 00000000:0000 {} 00000000:00000000 00:00000000 00000000  1000        0 4242 1\n"
    (tmp_path / "net/tcp").write_text(head + row.format("0A"))
    (tmp_path / "99/fd").mkdir(parents=True)
    (tmp_path / "99/comm").write_text("nginx\n")
    (tmp_path / "99/fd/3").symlink_to("socket:[4242]")
    assert _holder(5000, tmp_path) == "nginx (process 99)"
    (tmp_path / "net/tcp").write_text(head + row.format("01"))
    assert _holder(5000, tmp_path) == "", "a connection is no listener"


def test_the_holder_that_may_not_be_seen(tmp_path: Path) -> None:
    assert _holder(5000, tmp_path) == ""


def write(folder: Path, name: str, text: str, mode: int = 0o600) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(mode)


def test_profiles_of_both_files_and_no_value(tmp_path: Path) -> None:
    write(tmp_path, "credentials", "[p]\naws_access_key_id = AKIA\n[default]\n")
    write(tmp_path, "config", "[profile q]\nregion = x\n[sso-session s]\n")
    found = read_aws(tmp_path)
    assert (found.exists, found.profiles) == (True, {"p", "q", "default", "sso-session s"})
    assert "AKIA" not in repr(found)


def test_no_aws_folder_makes_none(tmp_path: Path) -> None:
    assert not read_aws(tmp_path / ".aws").exists
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_read_or_parsed_is_left_to_the_image(tmp_path: Path) -> None:
    write(tmp_path, "credentials", "[p\nno section\n")
    assert read_aws(tmp_path).profiles is None
    (tmp_path / "credentials").unlink()
    (tmp_path / "credentials").mkdir()
    assert read_aws(tmp_path).profiles is None


@pytest.mark.parametrize("found", ["/snap/bin/docker", None])
def test_the_docker_command(monkeypatch: pytest.MonkeyPatch, found: str | None) -> None:
    monkeypatch.setattr(host, "engine_state", lambda: ("ready", "28"))
    monkeypatch.setattr("shutil.which", lambda name: found if name == "docker" else None)
    facts = host.docker_facts("2.26.1")
    assert (facts.cli, facts.engine, facts.compose, facts.package_manager) == (
        found and Path(found),
        "ready",
        "2.26.1",
        "",
    )


def test_the_docker_command_is_found_through_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "engine_state", lambda: ("off", "no such file"))
    write(tmp_path, "real", "#!/bin/sh\n", 0o755)
    (tmp_path / "docker").symlink_to(tmp_path / "real")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert host.docker_facts("").cli == (tmp_path / "real").resolve()


def test_a_port_that_this_user_may_not_try(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: object) -> socket.socket:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(host.socket, "socket", no)
    assert read_port("127.0.0.1", 80) == Port(None)


def test_without_ipv6_its_port_is_of_no_address_of_this_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def no(*_: object) -> socket.socket:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(host.socket, "socket", no)
    assert read_port("::1", 5000) == Port(None, bindable=False)


def test_on_a_mac_a_port_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """There SO_REUSEADDR lets a bind succeed beside a listener on every address, such as AirPlay."""
    monkeypatch.setattr(host.platform, "system", lambda: "Darwin")
    options: list[object] = []
    monkeypatch.setattr(host.socket.socket, "setsockopt", lambda *given: options.append(given), raising=False)
    assert read_port("127.0.0.1", 0) == Port(False)
    assert options == []


def test_sizes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write(tmp_path / "a", "b", "12345")
    write(tmp_path, "c", "123")
    assert folder_bytes(tmp_path) == 8
    assert folder_bytes(tmp_path / "gone") is None


def test_a_file_that_goes_meanwhile_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.os, "walk", lambda folder, onerror: [(str(folder), [], ["gone", "there"])])
    (tmp_path / "there").write_text("123")
    assert folder_bytes(tmp_path) == 3
