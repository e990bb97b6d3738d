"""The Content API: what makes a template, what WhatsApp makes of it."""

from collections.abc import Iterator
from typing import Any

import pytest

from fakes.twilio import FakeTwilio
from fakes.twilio_driver import asked, client_for

READY = {
    "friendly_name": "Surat siap",
    "language": "id",
    "variables": {"1": "Pak Budi", "2": "PU-0001"},
    "types": {"twilio/text": {"body": "Yth. {{1}}, surat nomor {{2}} sudah siap."}},
}


@pytest.fixture
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio() as running:
        yield running


def made(fake: FakeTwilio, **given: Any) -> str:
    answer = asked(fake, "POST", "/v1/Content", json=READY | given)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sid"])


def refused(fake: FakeTwilio, **given: Any) -> str:
    answer = asked(fake, "POST", "/v1/Content", json=READY | given)
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)
    return str(answer.json()["message"])


def submitted(fake: FakeTwilio, sid: str, name: str = "surat_siap") -> dict[str, Any]:
    asking = {"name": name, "category": "UTILITY"}
    answer = asked(fake, "POST", f"/v1/Content/{sid}/ApprovalRequests/whatsapp", json=asking)
    assert answer.status_code == 201, answer.text
    review = asked(fake, "GET", f"/v1/Content/{sid}/ApprovalRequests").json()
    found: dict[str, Any] = review["whatsapp"]
    return found


def test_a_template_is_made_fetched_listed_and_deleted(fake: FakeTwilio) -> None:
    answer = asked(fake, "POST", "/v1/Content", json=READY)
    content = answer.json()
    assert content["sid"].startswith("HX")
    assert {name: content[name] for name in READY} == READY
    assert content["links"]["approval_create"].endswith(
        f"/v1/Content/{content['sid']}/ApprovalRequests/whatsapp"
    )
    path = f"/v1/Content/{content['sid']}"
    assert asked(fake, "GET", path).json() == content
    assert asked(fake, "GET", "/v1/Content").json()["contents"] == [content]
    assert asked(fake, "DELETE", path).status_code == 204
    assert asked(fake, "GET", path).status_code == 404
    assert asked(fake, "GET", "/v1/Content").json()["meta"]["key"] == "contents"


def test_the_official_library_makes_and_submits_a_template(fake: FakeTwilio) -> None:
    from twilio.rest.content.v1.content import ContentList  # type: ignore[import-untyped]
    from twilio.rest.content.v1.content.approval_create import (  # type: ignore[import-untyped]
        ApprovalCreateList,
    )

    contents = client_for(fake).content.v1.contents
    content = contents.create(ContentList.ContentCreateRequest(READY))
    assert content.types == READY["types"]
    asking = ApprovalCreateList.ContentApprovalRequest({"name": "siap", "category": "UTILITY"})
    assert contents(content.sid).approval_create.create(asking).status == "received"
    fake.approves("Surat siap")
    review = contents(content.sid).approval_fetch().fetch().whatsapp
    assert (review["status"], review["name"], review["category"]) == (
        "approved",
        "siap",
        "UTILITY",
    )
    assert contents(content.sid).delete()
    assert contents.list() == []


def test_templates_are_listed_in_pages(fake: FakeTwilio) -> None:
    for number in range(5):
        made(fake, friendly_name=f"isi {number}")
    listed = client_for(fake).content.v1.contents.list(page_size=2)
    assert [content.friendly_name for content in listed] == [f"isi {n}" for n in (4, 3, 2, 1, 0)]
    both = client_for(fake).content.v1.content_and_approvals.list(limit=1)
    assert both[0].approval_requests["status"] == "unsubmitted"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"friendly_name": ""}, "friendly_name is required"),
        ({"language": "Bahasa"}, "language is required"),
        ({"variables": {"1": 5}}, "variables must map names to sample texts"),
        ({"variables": {str(n): "a" for n in range(101)}}, "variables allowed is 100"),
        ({"types": {}}, "types cannot be empty"),
        ({"types": {"twilio/card": {}}}, "unsupported by this fake"),
        ({"types": {"twilio/text": {}}}, "body is required"),
        ({"types": {"twilio/text": {"body": "x" * 1601}}}, "the maximum is 1600"),
        ({"types": {"twilio/text": {"body": "Halo {{}} di sini"}}}, "malformed"),
        ({"types": {"twilio/text": {"body": "Halo {{1} di sini"}}}, "malformed"),
    ],
)
def test_a_malformed_template_is_refused(
    fake: FakeTwilio, given: dict[str, Any], reason: str
) -> None:
    assert reason in refused(fake, **given)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"body": "x" * 1025}, "body has 1025 characters"),
        ({"actions": []}, "actions must have 1 to 10 entries"),
        ({"actions": [{"title": "a", "id": str(n)} for n in range(11)]}, "1 to 10 entries"),
        ({"actions": [{"title": "x" * 21, "id": "1"}]}, "actions[0].title has 21 characters"),
        ({"actions": [{"title": "Ya", "id": "x" * 257}]}, "actions[0].id has 257 characters"),
        ({"actions": [{"id": "1"}]}, "actions[0].title is required"),
    ],
)
def test_the_limits_of_quick_replies(
    fake: FakeTwilio, content: dict[str, Any], reason: str
) -> None:
    whole = {"body": "Benar?", "actions": [{"title": "Ya", "id": "y"}]}
    assert reason in refused(fake, types={"twilio/quick-reply": whole | content})
    made(fake, types={"twilio/quick-reply": whole})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"body": "x" * 1025}, "body has 1025 characters"),
        ({"button": "x" * 21}, "button has 21 characters"),
        ({"button": ""}, "button is required"),
        ({"items": []}, "items must have 1 to 10 entries"),
        ({"items": [{"item": "x" * 25, "id": "1"}]}, "items[0].item has 25 characters"),
        ({"items": [{"item": "KTP", "id": "x" * 201}]}, "items[0].id has 201 characters"),
        ({"items": [{"item": "KTP"}]}, "items[0].id is required"),
        (
            {"items": [{"item": "KTP", "id": "1", "description": "x" * 73}]},
            "items[0].description has 73 characters",
        ),
    ],
)
def test_the_limits_of_lists(fake: FakeTwilio, content: dict[str, Any], reason: str) -> None:
    whole = {"body": "Apa?", "button": "Lihat", "items": [{"item": "KTP", "id": "ktp"}]}
    assert reason in refused(fake, types={"twilio/list-picker": whole | content})
    made(fake, types={"twilio/list-picker": whole})


def test_only_json_is_taken(fake: FakeTwilio) -> None:
    answer = asked(fake, "POST", "/v1/Content", data={"friendly_name": "x"})
    assert answer.status_code == 415
    body = asked(
        fake, "POST", "/v1/Content", content=b"[", headers={"content-type": "application/json"}
    )
    assert body.status_code == 400


@pytest.mark.parametrize(
    ("body", "objection"),
    [
        ("{{1}}, surat sudah siap diambil.", "start or end"),
        ("Surat sudah siap diambil oleh {{1}}", "start or end"),
        ("Surat sudah siap diambil oleh {{1}}.", "start or end"),
        ("Yth. {{1}} {{2}} surat sudah siap.", "next to each other"),
        ("Yth. {{1}}, surat nomor {{3}} sudah siap.", "in sequence"),
        ("Yth. {{1}}, kode {{2}} dan {{3}} sudah siap.", "a sample is missing for variable 3"),
        ("x" * 1025, "more than 1024 characters"),
    ],
)
def test_whatsapp_rejects_what_breaks_its_rules(
    fake: FakeTwilio, body: str, objection: str
) -> None:
    sid = made(fake, types={"twilio/text": {"body": body}})
    review = submitted(fake, sid)
    assert review["status"] == "rejected"
    assert objection in review["rejection_reason"]
    with pytest.raises(AssertionError, match="WhatsApp would reject"):
        fake.approves("Surat siap")


def test_a_list_cannot_be_submitted(fake: FakeTwilio) -> None:
    whole = {"body": "Apa?", "button": "Lihat", "items": [{"item": "KTP", "id": "ktp"}]}
    sid = made(fake, types={"twilio/list-picker": whole})
    assert "cannot be submitted" in submitted(fake, sid)["rejection_reason"]


@pytest.mark.parametrize(
    "asking",
    [
        {"name": "Surat Siap", "category": "UTILITY"},
        {"name": "surat-siap", "category": "UTILITY"},
        {"name": "surat_siap", "category": "utility"},
        {"name": "surat_siap"},
    ],
)
def test_a_request_for_approval_needs_a_name_and_a_category(
    fake: FakeTwilio, asking: dict[str, str]
) -> None:
    sid = made(fake)
    answer = asked(fake, "POST", f"/v1/Content/{sid}/ApprovalRequests/whatsapp", json=asking)
    assert answer.status_code == 400


def test_a_name_is_submitted_once(fake: FakeTwilio) -> None:
    first, second = made(fake), made(fake)
    assert submitted(fake, first)["status"] == "received"
    for sid in (first, second):
        asking = {"name": "surat_siap", "category": "UTILITY"}
        path = f"/v1/Content/{sid}/ApprovalRequests/whatsapp"
        assert asked(fake, "POST", path, json=asking).status_code == 400


def test_whatsapp_takes_its_time_and_may_say_no(fake: FakeTwilio) -> None:
    sid = made(fake)
    path = f"/v1/Content/{sid}/ApprovalRequests"
    assert asked(fake, "GET", path).json()["whatsapp"]["status"] == "unsubmitted"
    assert submitted(fake, sid)["status"] == "received"
    fake.rejects("surat_siap", "INVALID_FORMAT")
    review = asked(fake, "GET", path).json()["whatsapp"]
    assert (review["status"], review["rejection_reason"]) == ("rejected", "INVALID_FORMAT")
