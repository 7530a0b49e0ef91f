"""Reading this host: real sockets and files in a temporary folder."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from mlflow_stack.host import Docker, Port, _holder, docker_cli, folder_bytes, read_aws, read_port


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


def test_aws_folder(tmp_path: Path) -> None:
    write(tmp_path, "credentials", "[p]\naws_access_key_id = x\n")
    found = read_aws(tmp_path, "Linux")
    assert (found.state, found.config.state, found.credentials.state) == ("present", "missing", "present")
    assert found.credentials.sections == {"p": {"aws_access_key_id": "x"}}
    assert found.credentials.container_can_read


def test_no_aws_folder_makes_none(tmp_path: Path) -> None:
    assert read_aws(tmp_path / ".aws", "Linux").state == "missing"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_its_own_owner_may_not_read(tmp_path: Path) -> None:
    write(tmp_path, "credentials", "[p]\n", 0o000)
    assert not read_aws(tmp_path, "Linux").credentials.container_can_read
    # Docker Desktop shows every file as the container's own user.
    assert read_aws(tmp_path, "Darwin").credentials.container_can_read


@pytest.mark.parametrize(
    ("cli", "snap"), [("/snap/bin/docker", True), ("/usr/bin/docker", False), ("/home/snapper/docker", False)]
)
def test_snap(cli: str, snap: bool) -> None:
    assert Docker(Path(cli), "ready", "28", "2.26").snap is snap


def test_the_docker_command_is_found_through_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "real", "#!/bin/sh\n", 0o755)
    (tmp_path / "docker").symlink_to(tmp_path / "real")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert docker_cli() == (tmp_path / "real").resolve()
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert docker_cli() is None


def test_sizes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    write(tmp_path / "a", "b", "12345")
    write(tmp_path, "c", "123")
    assert folder_bytes(tmp_path) == 8
    assert folder_bytes(tmp_path / "gone") is None
