"""What a member saw is kept by no browser and no proxy."""

import pytest
from django.test import Client

from mspgov.tenancy.policy import Role
from tests.world import PASSWORD, build_town


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "people/", "api/v1/people/"])
def test_no_answer_about_a_tenant_may_be_kept(path: str) -> None:
    town = build_town("aurora", providers=("cobalt",))
    client = Client()
    assert client.login(email=town.member(Role.SERVICE_OWNER).person.email, password=PASSWORD)
    answer = client.get(f"/o/aurora/{path}")
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))
    assert {"Cookie", "Authorization"} <= set(answer["Vary"].split(", "))
