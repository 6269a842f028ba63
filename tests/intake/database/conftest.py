"""Database servers of the tests' own, each started in a temporary folder and stopped after them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MISSING = "PostgreSQL is missing: apt-get install postgresql"
MARIADB_MISSING = "MariaDB is missing: apt-get install mariadb-server"


def find_port() -> int:
    """A port of this machine that is free now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def find_program(name: str) -> str | None:
    """A program of PostgreSQL; Debian keeps them out of the path."""
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(places[-1]) if places else shutil.which(name)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of an empty database in which the user `planner` may write, without a password in it."""
    initdb, server = find_program("initdb"), find_program("postgres")
    if initdb is None or server is None:
        assert os.environ.get("CI") != "true", MISSING
        pytest.skip(MISSING)
    # The server refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    port = find_port()
    folder = Path(tempfile.mkdtemp(prefix="outlast-postgresql-"))
    try:
        if user:
            shutil.chown(folder, user)
        (secret := folder / "password").write_text("Geh3im!")
        secret.chmod(0o644)
        login = ["--username=planner", "--auth=scram-sha-256", f"--pwfile={secret}"]
        subprocess.run(
            [initdb, "-D", folder / "data", *login, "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            user=user,
            cwd="/",
        )
        process = subprocess.Popen(
            [server, "-D", folder / "data", "-p", str(port), "-k", folder, "-h", "127.0.0.1", "-F"],
            stderr=subprocess.PIPE,
            text=True,
            user=user,
            cwd="/",
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "ready to accept connections" in line:
                break
        else:
            raise AssertionError("PostgreSQL did not start")
        try:
            yield f"postgresql+psycopg://planner@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.communicate(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[str]:
    """URL, without a password, of a database in which the user `planner` may do everything."""
    install, server = shutil.which("mariadb-install-db"), shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
    if install is None or server is None:
        assert os.environ.get("CI") != "true", MARIADB_MISSING
        pytest.skip(MARIADB_MISSING)
    user = "mysql" if os.geteuid() == 0 else None
    port = find_port()
    folder = Path(tempfile.mkdtemp(prefix="outlast-mariadb-"))
    try:
        (start := folder / "start.sql").write_text(
            "CREATE DATABASE erp CHARACTER SET utf8mb4;\n"
            "CREATE USER planner@127.0.0.1 IDENTIFIED BY 'Geh3im!';\n"
            "GRANT ALL ON *.* TO planner@127.0.0.1;\n"
        )
        if user:
            shutil.chown(folder, user)
        subprocess.run(
            [install, "--no-defaults", f"--datadir={folder}/data", "--skip-test-db"],
            check=True,
            capture_output=True,
            user=user,
            cwd="/",
        )
        process = subprocess.Popen(
            [
                server,
                "--no-defaults",
                f"--datadir={folder}/data",
                f"--socket={folder}/socket",
                f"--pid-file={folder}/pid",
                "--bind-address=127.0.0.1",
                f"--port={port}",
                f"--init-file={start}",
                "--secure-file-priv=",
                "--skip-name-resolve",
            ],
            stderr=subprocess.PIPE,
            text=True,
            user=user,
            cwd="/",
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "ready for connections" in line:
                break
        else:
            raise AssertionError("MariaDB did not start")
        try:
            yield f"mariadb+pymysql://planner@127.0.0.1:{port}/erp"
        finally:
            process.terminate()
            process.communicate(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
