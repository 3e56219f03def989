"""A folder from which an image with one version inside is built."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from keel import about
from keel.clock import Clock, system_clock
from keel.database import migrate, open_database
from keel.errors import InputError
from keel.export.requirements import LEARNING, pin_requirements
from keel.export.subject import Subject
from keel.export.template import Text
from keel.registry.actor import read_actor
from keel.registry.copy_version import copy_version
from keel.spec.kinds import TaskName

CODE, DATABASE, REQUIREMENTS, VERSIONS = "code", "keel.db", "requirements.txt", "versions"
USER = 10001
PORT, GRPC_PORT = 8700, 8701
HOME = "/var/lib/keel"
PLACE = "/srv/keel"

DOCKERFILE = Text("""\
# %{version}, digest %{digest}
# docker build --tag %{image} .
# docker run --read-only --tmpfs /tmp --tmpfs %{home}:uid=%{user} \\
#   --env KEEL_TOKENS -p %{port}:%{port} -p %{grpc_port}:%{grpc_port} %{image}
ARG PYTHON=python:%{python}-slim
FROM ${PYTHON}

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONUNBUFFERED=1 PYTHONPATH=%{place}/%{code}
RUN groupadd --gid %{user} keel \\
 && useradd --uid %{user} --gid keel --home-dir %{home} --create-home --shell /usr/sbin/nologin keel

WORKDIR %{place}
COPY %{requirements} ./
RUN pip install --no-cache-dir --requirement %{requirements}

COPY %{code} %{code}
COPY %{versions} %{versions}
COPY %{database} ./
RUN python -m compileall -q %{code} \\
 && python -c "from pathlib import Path; from keel.registry.manifest import verify_folder; \\
verify_folder(Path('%{versions}/%{digest}'), '%{digest}')"

# What it answers with belongs to root and is only read; what it writes is in its home.
ENV KEEL_HOME=%{home} \\
    KEEL_BLOBS=file://%{place}/%{versions} \\
    KEEL_DATABASE=sqlite:///%{home}/%{digest}.db
USER %{user}:%{user}
WORKDIR %{home}
EXPOSE %{port} %{grpc_port}
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["python", "-c", \\
  "import urllib.request as r; r.urlopen('http://127.0.0.1:%{port}/v2/health/ready', timeout=2)"]
ENTRYPOINT ["sh", "-c", "test -e %{digest}.db || cp %{place}/%{database} %{digest}.db; \\
exec python -m keel serve --host 0.0.0.0 --port %{port} \\"$@\\"", "keel"]
""")

IGNORED = Text("*\n!%{code}\n!%{database}\n!%{requirements}\n!%{versions}\n**/__pycache__\n")

README = Text("""\
# %{version} as an image

    docker build --tag %{image} .
    export KEEL_TOKENS=answer:$(openssl rand -hex 32)
    docker run --read-only --tmpfs /tmp --tmpfs %{home}:uid=%{user} \\
      --env KEEL_TOKENS -p %{port}:%{port} -p %{grpc_port}:%{grpc_port} %{image}

The image holds this version alone, the code that answers with it, and the packages that this code
needs, at the versions it was exported with. Its files are verified against the digest
%{digest}
when it is built, and again when it starts. It starts without a network and runs as user %{user}.

HTTP is on port %{port}, gRPC on %{grpc_port}, for those who have a token; without KEEL_TOKENS it
does not start, unless --insecure is said after the name of the image. What it logs is in
%{home}, and is gone with the container unless a volume is there. A version holds a sample of
the rows that it was trained on: who has the image has them. `ARG PYTHON` takes another base
image, one with a digest for example.
%{more}""")

LOOKED_UP = """
This version takes features from the events of entities. Say where they are kept with
`--env KEEL_ONLINE=redis://...`; without it each container keeps its own, and forgets them.
"""

_PASSWORD = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


def write_docker(
    subject: Subject, engine: Engine, into: Path, *, image: str, clock: Clock = system_clock
) -> None:
    """Write a Dockerfile and all that it copies. Raises InputError when the declaration, which is
    part of a version, holds a password."""
    _check_secrets(subject)
    places = _places(subject, image)
    for name, text in (
        ("Dockerfile", DOCKERFILE),
        (".dockerignore", IGNORED),
        ("README.md", README),
    ):
        (into / name).write_text(text.substitute(places))
    (into / REQUIREMENTS).write_text("\n".join(_requirements(subject)) + "\n")
    shutil.copytree(subject.folder, into / VERSIONS / subject.version.digest)
    package = Path(about.__file__).parent
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(package, into / CODE / package.name, ignore=ignored)
    database = open_database(f"sqlite:///{into / DATABASE}")
    migrate(database)
    copy_version(engine, database, subject.version, clock, actor=read_actor())
    database.dispose()


def _places(subject: Subject, image: str) -> dict[str, object]:
    major, minor, micro = sys.version_info[:3]
    return {
        "version": subject.version,
        "digest": subject.version.digest,
        "image": image,
        "python": f"{major}.{minor}.{micro}",
        "place": PLACE,
        "home": HOME,
        "user": USER,
        "port": PORT,
        "grpc_port": GRPC_PORT,
        "code": CODE,
        "database": DATABASE,
        "requirements": REQUIREMENTS,
        "versions": VERSIONS,
        "more": LOOKED_UP if subject.looks_up else "",
    }


def _requirements(subject: Subject) -> tuple[str, ...]:
    lists = subject.exported.signature.task is TaskName.RECOMMEND
    extras = ("grpc", "redis") if subject.looks_up else ("grpc",)
    without = {name for name in LEARNING if not (lists and name == "scipy")}
    return pin_requirements(without=without, extras=extras)


def _check_secrets(subject: Subject) -> None:
    told = [text for text in _texts(subject.record.declaration) if _PASSWORD.search(text)]
    if told:
        raise InputError(
            f"{subject.version} declares an address with a password in it, and its declaration is "
            "part of it: name the table without one (~/.pgpass, PGPASSWORD), and train it again"
        )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
