"""Where a database is and how to log in, without showing secrets. In: a URL with references to
environment variables. Out: `Address`. One reason to exist: a password is in one place, and no
message, file or log ever holds it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from outlast.errors import UsageError

_REFERENCE = re.compile(r"\$\{(\w+)\}")
_SHAPE = "A database URL looks like postgresql+psycopg://user@host/name or sqlite:///file.db."


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is."""

    url: URL = field(repr=False)
    name: str
    """Kind, host and database in words, for messages: no user, no password, no options."""

    def hide(self, message: str) -> str:
        """First line of a message of the driver, without what must not be shown."""
        line = message.strip().partition("\n")[0].strip()
        secrets = [str(value) for value in (self.url.password, *self.url.query.values()) if value]
        if any(len(secret) > 1 and secret in line for secret in secrets):
            return "the driver's message is not shown, for it holds a secret"
        return line


def read_address(
    text: str, environment: Mapping[str, str], ask_password: Callable[[], str] | None = None
) -> Address:
    """The address that a URL means.

    Args:
        text: a SQLAlchemy URL. `${NAME}` stands for an environment variable, as the whole URL or as a
            user name, password, host, database or option.
        environment: variables that may be referred to.
        ask_password: asks for the password, where the user wants to be asked.

    Raises:
        UsageError: this is no URL, a variable is not set, or the password stands in the URL itself.
    """
    whole = _REFERENCE.fullmatch(text.strip())
    if whole:
        text = _look_up(whole[1], environment)
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise UsageError(f"This is no database URL. {_SHAPE}") from None
    if url.password and not whole and not _REFERENCE.fullmatch(str(url.password)):
        raise UsageError(
            "The URL holds a password, which other programs can see. Write ${NAME} in its place, the name of "
            "an environment variable, or leave it out and use --ask-password."
        )
    parts: dict[str, Any] = {
        key: _expand(value, environment)
        for key in ("username", "password", "host", "database")
        if (value := getattr(url, key)) is not None
    }
    query = {
        key: tuple(_expand(part, environment) for part in value)
        if isinstance(value, tuple)
        else _expand(value, environment)
        for key, value in url.query.items()
    }
    url = url.set(**parts, query=query)
    if ask_password is not None:
        url = url.set(password=ask_password())
    host = f"{url.host or ''}{f':{url.port}' if url.port else ''}"
    return Address(url, f"{url.get_backend_name()}://{host}/{url.database or ''}")


def _expand(text: str, environment: Mapping[str, str]) -> str:
    return _REFERENCE.sub(lambda match: _look_up(match[1], environment), text)


def _look_up(name: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise UsageError(f"The environment variable {name} is not set.")
    return environment[name]
