"""`loket whatsapp templates diff|push|status`: what WhatsApp has to approve, and its verdicts.

The files are the truth: a template whose words changed is a new one to WhatsApp, and the old
one serves nobody any more.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from bot.channels.base import SendFailed
from bot.channels.whatsapp_templates import Template, load, mistakes
from bot.config import ROOT
from bot.settings import Settings
from handlers.enclosures import place

TEMPLATES = ROOT / "templates" / "whatsapp"


def templates(settings: Settings, options: argparse.Namespace) -> Any:
    """The exit code of one of the three, when awaited."""
    from bot.commands import Refusal

    if not settings.whatsapp.account_sid:
        raise Refusal("no WhatsApp account: set LOKET_WHATSAPP__ACCOUNT_SID and __AUTH_TOKEN")
    return _run(settings, options.deed)


async def _run(settings: Settings, deed: str) -> int:
    from bot.channels.twilio_api import Twilio, Unreachable

    given = settings.whatsapp
    api = Twilio(given.account_sid, given.auth_token, given.api_url)
    ours = list(load(TEMPLATES, place(settings.web.public_url)).values())
    try:
        held = {each.name: each for each in await api.contents()}
        if deed == "push":
            return await _push(api, ours, held)
        return (_diff if deed == "diff" else _status)(ours, held)
    except Unreachable as error:
        print(f"Twilio cannot be reached: {error}", file=sys.stderr)
        return 1
    finally:
        await api.close()


def _diff(ours: list[Template], held: dict[str, Any]) -> int:
    """What is not at Twilio as the files have it; exit code 1 if anything is not."""
    different = 0
    for template in ours:
        found = held.get(_full_name(template))
        older = [each for name, each in held.items() if _is_version(name, template)]
        if found is not None and found.status:
            word = "same"
        else:
            different += 1
            word = "not submitted" if found else "changed" if older else "new"
        print(f"{word:14}{template.name} ({template.language})")
    for name in sorted(_unused(ours, held)):
        print(f"{'unused':14}{name}")
    return 1 if different else 0


async def _push(api: Any, ours: list[Template], held: dict[str, Any]) -> int:
    """Make and submit what is missing; exit code 1 if anything was refused."""
    wrong = [f"{each.name}: {line}" for each in ours for line in mistakes(each)]
    if wrong:
        print(*wrong, sep="\n", file=sys.stderr)
        return 1
    failed = 0
    for template in ours:
        name = _full_name(template)
        found = held.get(name)
        if found is not None and found.status:
            print(f"{found.status:14}{template.name}")
            continue
        try:
            sid = found.sid if found else await api.create(template.resource())
            status = await api.submit(sid, name, template.category)
        except SendFailed as error:
            failed += 1
            print(f"refused       {template.name}: {error}", file=sys.stderr)
            continue
        print(f"{status:14}{template.name}")
    return 1 if failed else 0


def _status(ours: list[Template], held: dict[str, Any]) -> int:
    """WhatsApp's verdicts; exit code 1 unless everything is approved."""
    approved = 0
    for template in ours:
        found = held.get(_full_name(template))
        status = found.status if found and found.status else "not submitted"
        approved += status == "approved"
        category = found.category.lower() if found and found.category else template.category
        reason = f": {found.reason}" if found and found.reason else ""
        print(f"{status:14}{template.name} ({template.language}, {category}){reason}")
    print(f"{approved} of {len(ours)} approved")
    return 0 if approved == len(ours) else 1


def _full_name(template: Template) -> str:
    return str(template.resource()["friendly_name"])


def _is_version(name: str, template: Template) -> bool:
    return name.startswith(f"loket_{template.name}_{template.language}_")


def _unused(ours: list[Template], held: dict[str, Any]) -> Iterator[str]:
    """Templates that no file has any more, or not with these words."""
    wanted = {_full_name(template) for template in ours}
    return (name for name in held if name not in wanted and not name.startswith("loket_reply_"))


def declare(verbs: Any) -> None:
    """The command line of `loket whatsapp templates`."""
    whatsapp = verbs.add_parser("whatsapp", help="what WhatsApp has to approve")
    things = whatsapp.add_subparsers(required=True, metavar="THING")
    deeds = things.add_parser("templates", help="messages to people silent for 24 hours")
    deeds.add_argument(
        "deed",
        choices=("diff", "push", "status"),
        help="compare with Twilio; create and submit; show verdicts",
    )
    deeds.set_defaults(command=templates)
