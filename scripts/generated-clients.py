"""Registers, signs in, refreshes and reads pages with the client from openapi-python-client."""

import os

from latchkey_client import AuthenticatedClient, Client
from latchkey_client.api.audit import list_audit_events
from latchkey_client.api.auth import get_csrf_token, log_in, refresh_tokens
from latchkey_client.api.users import get_own_user, list_users, register_user
from latchkey_client.models import (
    AuditEvent,
    CsrfToken,
    Login,
    NativeTokens,
    Problem,
    RefreshToken,
    Registration,
    User,
    WebTokens,
)

PASSWORD = os.environ["LATCHKEY_PASSWORD"]
EMAILS = [f"python-{number}@example.com" for number in range(3)]
# An undeclared response raises.
ANYBODY = {"base_url": os.environ["LATCHKEY_URL"], "raise_on_unexpected_status": True}
NATIVE = {"x_client_type": "native"}


def expect(kind, answer):
    assert isinstance(answer, kind), f"not a {kind.__name__}: {answer}"
    return answer


def sign_in(email):
    answer = log_in.sync(client=Client(**ANYBODY), body=Login(email, PASSWORD), **NATIVE)
    return expect(NativeTokens, answer)


def signed_in(tokens):
    return AuthenticatedClient(token=tokens.access_token, **ANYBODY)


def all_pages(operation, client):
    items, cursor = [], {}
    while True:
        page = operation.sync(client=client, limit=2, **cursor)
        assert 1 <= len(page.items) <= 2, page
        items += page.items
        if page.next_cursor is None:
            return items
        cursor = {"cursor": page.next_cursor}


def registers():
    for email in EMAILS:
        body = Registration(email, PASSWORD)
        user = expect(User, register_user.sync(client=Client(**ANYBODY), body=body, **NATIVE))
        assert user.email == email, user


def is_told_what_is_wrong():
    body = Login(EMAILS[0], PASSWORD + "x")
    problem = expect(Problem, log_in.sync(client=Client(**ANYBODY), body=body, **NATIVE))
    assert (problem.code.value, problem.action.value) == ("invalid_credentials", "fix"), problem


def refreshes():
    first = sign_in(EMAILS[0])
    body = RefreshToken(first.refresh_token)
    answer = refresh_tokens.sync(client=Client(**ANYBODY), body=body, **NATIVE)
    second = expect(NativeTokens, answer)
    assert second.refresh_token != first.refresh_token
    user = expect(User, get_own_user.sync(client=signed_in(second)))
    assert user.email == EMAILS[0], user


def refreshes_as_a_web_page():
    client = Client(**ANYBODY)
    csrf = expect(CsrfToken, get_csrf_token.sync(client=client)).csrf_token
    body = Login(EMAILS[1], PASSWORD)
    tokens = expect(WebTokens, log_in.sync(client=client, body=body, x_csrf_token=csrf))
    answer = refresh_tokens.sync(client=client, body=None, x_csrf_token=tokens.csrf_token)
    expect(WebTokens, answer)
    user = expect(User, get_own_user.sync(client=client))
    assert user.email == EMAILS[1], user


def reads_pages():
    admin = signed_in(sign_in(os.environ["LATCHKEY_ADMIN"]))
    users = all_pages(list_users, admin)
    ids = [user.id for user in users]
    assert ids == sorted(set(ids), reverse=True), ids
    assert {*EMAILS, os.environ["LATCHKEY_ADMIN"]} <= {user.email for user in users}, users
    for event in all_pages(list_audit_events, admin):
        expect(AuditEvent, event)


for check in [registers, is_told_what_is_wrong, refreshes, refreshes_as_a_web_page, reads_pages]:
    check()
    print(f"  ok  Python client {check.__name__.replace('_', ' ')}")
