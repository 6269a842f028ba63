"""A PostgreSQL server of the tests' own, started in a temporary folder and stopped after them."""

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
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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
