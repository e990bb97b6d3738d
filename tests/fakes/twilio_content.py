"""The Content API: making templates, submitting them, and WhatsApp's review.

What may stand in a template is `twilio_template`'s business.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

from fakes.twilio_errors import Json, Refused, not_found
from fakes.twilio_reading import page_size
from fakes.twilio_sending import Form
from fakes.twilio_template import (
    CATEGORIES,
    MOST_VARIABLES,
    Approval,
    Template,
    mistakes,
    objections,
)
from fakes.twilio_world import World, new_sid

_NAME = re.compile(r"[a-z0-9_]{1,512}")


def parsed(body: bytes, kind: str) -> Json:
    """The JSON object of a request."""
    if not kind.startswith("application/json"):
        raise Refused(20001, "Content-Type must be application/json", 415)
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refused(20001, "The request body is not a JSON object")
    return given


class Contents:
    """The templates of one account."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.base = ""

    def create(self, given: Json) -> Json:
        name, language = given.get("friendly_name"), given.get("language")
        variables = given.get("variables") or {}
        types = given.get("types") or {}
        if isinstance(types, dict):  # the official library names what it leaves out
            types = {kind: content for kind, content in types.items() if content is not None}
        found = mistakes(types)
        if not isinstance(name, str) or not name.strip() or len(name) > 450:
            found.append("friendly_name is required")
        if not isinstance(language, str) or not re.fullmatch(r"[a-z]{2,3}(_\w+)?", language):
            found.append("language is required")
        if not isinstance(variables, dict) or not all(map(_is_text, variables.values())):
            found.append("variables must map names to sample texts")
        elif len(variables) > MOST_VARIABLES:
            found.append(f"the max amount of variables allowed is {MOST_VARIABLES}")
        if found:
            raise Refused(20001, "; ".join(found))
        template = Template(
            new_sid("HX"),
            str(name),
            str(language),
            variables,
            types,
            self.world.clock(),
        )
        with self.world.lock:
            self.world.templates[template.sid] = template
        return self.as_json(template)

    def find(self, sid: str) -> Template:
        template = self.world.templates.get(sid)
        if template is None:
            raise not_found(f"/v1/Content/{sid}")
        return template

    def delete(self, sid: str) -> None:
        with self.world.lock:
            self.find(sid)
            del self.world.templates[sid]

    def listed(self, query: Form, resource: str) -> Json:
        """One page, newest first; `ContentAndApprovals` shows the review as well."""
        with self.world.lock:
            templates = list(reversed(self.world.templates.values()))
        size, number = page_size(query), query.number("Page")
        start = query.number("PageToken")
        shown, more = templates[start : start + size], len(templates) > start + size
        url = f"{self.base}/v1/{resource}?PageSize={size}"
        after = f"{url}&Page={number + 1}&PageToken={start + size}"
        with_review = resource == "ContentAndApprovals"
        return {
            "meta": {
                "page": number,
                "page_size": size,
                "first_page_url": f"{url}&Page=0",
                "previous_page_url": None,
                "url": f"{url}&Page={number}",
                "next_page_url": after if more else None,
                "key": "contents",
            },
            "contents": [
                self.as_json(template)
                | ({"approval_requests": _review(template)} if with_review else {})
                for template in shown
            ],
        }

    def submit(self, sid: str, given: Json) -> Json:
        """Ask WhatsApp; a template against its rules is rejected at once."""
        template = self.find(sid)
        name, category = given.get("name"), given.get("category")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise Refused(20001, "name may have only lowercase letters, digits and underscores")
        if category not in CATEGORIES:
            raise Refused(20001, f"category must be one of {', '.join(sorted(CATEGORIES))}")
        with self.world.lock:
            taken = (
                other.approval.name == name and other.language == template.language
                for other in self.world.templates.values()
            )
            if template.approval.open or any(taken):
                raise Refused(20001, f"a template {name} was submitted already")
            template.approval = Approval(name, str(category), "received")
            answer = _review(template)
            if found := objections(template):
                template.approval.status = "rejected"
                template.approval.reason = "; ".join(found)
        return {key: value for key, value in answer.items() if key != "type"}

    def review(self, sid: str) -> Json:
        template = self.find(sid)
        return {
            "sid": sid,
            "account_sid": self.world.account,
            "whatsapp": _review(template),
            "url": f"{self.base}/v1/Content/{sid}/ApprovalRequests",
        }

    def decide(self, name: str, status: str, reason: str = "") -> Template:
        """WhatsApp's word on the template of this friendly name, or name of submission."""
        with self.world.lock:
            for template in reversed(self.world.templates.values()):
                if name in (template.friendly_name, template.approval.name):
                    break
            else:
                raise AssertionError(f"there is no template {name!r}")
            if status == "approved":
                found = objections(template)
                assert not found, f"WhatsApp would reject {name!r}: {'; '.join(found)}"
            if template.approval.status == "unsubmitted":
                template.approval = Approval(re.sub(r"\W", "_", name.lower()), "UTILITY")
            template.approval.status, template.approval.reason = status, reason
            return template

    def as_json(self, template: Template) -> Json:
        """The Content resource."""
        url = f"{self.base}/v1/Content/{template.sid}"
        created = datetime.fromtimestamp(template.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "sid": template.sid,
            "account_sid": self.world.account,
            "friendly_name": template.friendly_name,
            "language": template.language,
            "variables": template.variables,
            "types": template.types,
            "url": url,
            "date_created": created,
            "date_updated": created,
            "links": {
                "approval_create": f"{url}/ApprovalRequests/whatsapp",
                "approval_fetch": f"{url}/ApprovalRequests",
            },
        }


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _review(template: Template) -> Json:
    approval = template.approval
    return {
        "type": "whatsapp",
        "name": approval.name,
        "category": approval.category,
        "content_type": template.rich if approval.name else "",
        "status": approval.status,
        "rejection_reason": approval.reason,
        "allow_category_change": True,
    }
