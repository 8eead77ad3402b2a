"""Addresses of databases: what the driver cannot read, or reads otherwise than was meant, is told apart."""

from __future__ import annotations

import pytest

from framework.database_address import is_usable

PASSWORD = "topsec"


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me@localhost:5432/hive",
        "postgres://me:a%25b%40c%2Fd@[::1]/hive?sslmode=require",
        "postgresql://me:a#b:c@one:5432,two:5433/hive",
        "postgresql://me:@/hive?host=/tmp/a@b",
        "postgresql:///?host=a,b&port=5432,&dbname=hive",
        "host=/tmp/socket dbname=hive user=me password='a@b://c@d/e %zz'",
    ],
)
def test_every_way_of_the_driver_is_one(address: str) -> None:
    assert is_usable(address)


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://me:{PASSWORD}%zz@h/d",
        f"postgresql://me:{PASSWORD}%00@h/d",
        f"postgresql://me:{PASSWORD}%ff@h/d",
        f"postgresql://me:{PASSWORD}\udcff@h/d",
        f"postgresql://me:{PASSWORD}/x@h:5432/d",
        f"postgresql://me:5432/{PASSWORD}@h:5432/d",
        f"postgresql://me:x@{PASSWORD}@h/d",
        f"postgresql://me:x@/{PASSWORD}@h/d",
        f"postgresql://me:x@h:{PASSWORD}/d",
        "postgresql://me@h:0/d",
        "postgresql://me@h:65536/d",
        "postgresql://me@h/d?bogus=1",
        "?bogus=1",
        "=foo",
        f"nonsense-{PASSWORD}",
        "mysql://me@h/d",
    ],
)
def test_what_is_none_or_torn_apart_by_its_password_is_not(address: str) -> None:
    assert not is_usable(address)
