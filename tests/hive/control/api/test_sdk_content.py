"""Content that SDKs send apart is kept by its hash."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from hive.protocol.ingest import MOST_EVENTS
from tests.support.sdk import Sdk

if TYPE_CHECKING:
    from tests.support.sdk import Sdk


def item(text: str, **changes: Any) -> dict[str, Any]:
    body = text.encode()
    return {
        "content_id": f"name of {text[:3]}",
        "content_hash": sha256(body).hexdigest(),
        "content": text,
        "byte_size": len(body),
        **changes,
    }


async def test_content_is_kept_by_the_hash_it_really_has(sdk: Sdk) -> None:
    items: list[Any] = [
        item("good \N{HONEYBEE}\x00"),
        item("forged", content_hash="0" * 64),
        item("short", byte_size=1),
        5,
    ]
    answer = await sdk.client.post("/v1/control/content", json={"items": items}, headers=sdk.headers)
    assert answer.json()["stored"] == 1
    assert [each["index"] for each in answer.json()["rejected"]] == [1, 2, 3]
    digest = bytes.fromhex(str(items[0]["content_hash"]))
    assert await sdk.parts.content.read(sdk.team_id, digest) == "good \N{HONEYBEE}\x00".encode()


async def test_everything_that_is_wrong_with_an_item_is_told_at_once(sdk: Sdk) -> None:
    wrong = {"content_id": "", "content_hash": "X", "content": 5}
    answer = await sdk.client.post("/v1/control/content", json={"items": [wrong, 5]}, headers=sdk.headers)
    assert [each["reason"] for each in answer.json()["rejected"]] == [
        (
            "content_id: String should have at least 1 character; "
            "content_hash: Input should be 64 hexadecimal digits in lower case; "
            "content: Input should be a string; byte_size: Field required"
        ),
        "item: Input should be an object",
    ]


async def test_content_never_changes_under_its_name(sdk: Sdk) -> None:
    first, other = item("first", content_id="name"), item("other", content_id="name")
    for items, status in [([first], 200), ([first], 200), ([other], 409), ([other, item("third")], 200)]:
        answer = await sdk.client.post("/v1/control/content", json={"items": items}, headers=sdk.headers)
        assert answer.status_code == status
    assert answer.json()["rejected"][0]["index"] == 0


async def test_of_two_contents_under_one_name_in_a_batch_the_first_is_kept(sdk: Sdk) -> None:
    items = [item("first", content_id="name"), item("other", content_id="name"), item("first")]
    answer = await sdk.client.post("/v1/control/content", json={"items": items}, headers=sdk.headers)
    assert (answer.json()["stored"], [each["index"] for each in answer.json()["rejected"]]) == (2, [1])


async def test_a_batch_of_much_content_is_stored_in_a_few_statements(sdk: Sdk) -> None:
    items = [item(f"text {number}", content_id=f"name {number}") for number in range(MOST_EVENTS)]
    answer = await sdk.client.post("/v1/control/content", json={"items": items}, headers=sdk.headers)
    assert (answer.status_code, answer.json()["stored"]) == (200, MOST_EVENTS)
    digest = bytes.fromhex(str(items[-1]["content_hash"]))
    assert await sdk.parts.content.read(sdk.team_id, digest) == b"text 4999"
