"""Who may ask for what."""

import re
from pathlib import Path
from typing import Any

import pytest

from keel.api.access import OPEN, Role, read_access
from keel.api.app import operations_of
from keel.api.limits import USUAL_LIMITS
from keel.api.threads import Threads
from keel.errors import EnvironmentFailure, Forbidden, InputError, Unauthorized

Api = Any

TOKEN = {
    Role.ANSWER: "answer-0123456789abcdef",
    Role.LABEL: "label-0123456789abcdef",
    Role.RELEASE: "release-0123456789abcdef",
    Role.ADMIN: "admin-0123456789abcdef",
}
ACCESS = read_access(", ".join(f"{role}:{token}" for role, token in TOKEN.items()))
NEEDED = [role for role in Role if role is not Role.ANYBODY]


def bearer(role: Role) -> str:
    return f"Bearer {TOKEN[role]}"


def test_without_tokens_everybody_may_everything() -> None:
    assert not OPEN.closed
    assert read_access(None) is OPEN
    assert OPEN.admit(None, Role.ADMIN) == "http"


@pytest.mark.parametrize("role", NEEDED)
@pytest.mark.parametrize("needed", NEEDED)
def test_a_token_is_for_its_role_and_an_admins_for_all(role: Role, needed: Role) -> None:
    if role in (needed, Role.ADMIN):
        assert re.fullmatch(r"token [0-9a-f]{8}", ACCESS.admit(bearer(role), needed))
    else:
        with pytest.raises(Forbidden, match=f"needs the role {needed}, and the token has {role}"):
            ACCESS.admit(bearer(role), needed)


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer ", "Basic x", "Bearer wrong"])
def test_who_has_no_token_is_told_so(given: str | None) -> None:
    with pytest.raises(Unauthorized):
        ACCESS.admit(given, Role.ANSWER)
    assert ACCESS.admit(given, Role.ANYBODY) == "http"


def test_a_token_may_have_several_roles() -> None:
    access = read_access("answer+label:0123456789abcdef,release:0123456789abcdef")
    for role in (Role.ANSWER, Role.LABEL, Role.RELEASE):
        access.admit("bearer 0123456789abcdef", role)


def test_tokens_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# who answers\nanswer:{TOKEN[Role.ANSWER]}\n\nadmin:{TOKEN[Role.ADMIN]}\n")
    for name in (str(file), file.as_uri()):
        assert read_access(name).admit(bearer(Role.ANSWER), Role.ANSWER)
    with pytest.raises(EnvironmentFailure, match="cannot be read"):
        read_access(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ("answers:0123456789abcdef", "'answers' is not a role: did you mean 'answer'"),
        ("anybody:0123456789abcdef", "'anybody' is not a role"),
        ("answer:short-secret", "shorter than 16 characters"),
        ("answer:0123456789abcdef,short-secret-1234", "write ROLE:TOKEN"),
    ],
)
def test_what_is_wrong_is_told_without_a_token(tokens: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as raised:
        read_access(tokens)
    assert "secret" not in str(raised.value).replace("secrets", "")
    assert "0123456789abcdef" not in str(raised.value)


def test_every_route_belongs_to_a_role(api: Api) -> None:
    guarded = api.guarded(ACCESS)
    operations = operations_of(api.runtime, Threads(USUAL_LIMITS))
    routed = {(r.path, m) for r in guarded.app.rest.routes for m in r.methods - {"HEAD"}}
    assert {(o.path, o.method) for o in operations} == routed - {("/openapi.json", "GET")}
    for operation in operations:
        path = re.sub(r"\{\w+\}", "loans", operation.path)
        if operation.role is Role.ANYBODY:
            assert guarded.ask(operation.method, path).status_code == 200
            continue
        refused = guarded.ask(operation.method, path)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        other = next(role for role in NEEDED if role not in (operation.role, Role.ADMIN))
        headers = {"authorization": bearer(other)}
        assert guarded.ask(operation.method, path, headers=headers).status_code == 403, path


def test_whoever_may_is_answered(api: Api) -> None:
    guarded = api.guarded(ACCESS)
    row = {"length": 2.0, "width": 0.0}
    for role, status in ((Role.ANSWER, 200), (Role.ADMIN, 200), (Role.LABEL, 403)):
        headers = {"authorization": bearer(role)}
        answered = guarded.post("/v1/petals/predict", json=row, headers=headers)
        assert answered.status_code == status
    assert guarded.post("/v1/petals/predict", json=row).status_code == 401
