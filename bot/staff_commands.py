"""`loket staff`: who works at the desk."""

import argparse
import getpass
import secrets
import sys
from datetime import datetime
from typing import Any

from bot.commands import office, on_database
from bot.settings import Settings
from handlers import second_factor, staff
from handlers.rights import ROLES
from storage.db import Tx


def add(settings: Settings, options: argparse.Namespace) -> int:
    """`loket staff add LOGIN`: the password is asked for, or read from standard input."""
    here, secret = office(settings, options.office), _password()
    name = options.name or options.login

    def work(tx: Tx, now: datetime) -> None:
        hashed = staff.hashed(secret, options.login, secrets.token_bytes(16))
        staff.add(tx, here, options.login, name, options.role, hashed, now)

    on_database(settings, work)
    print(f"{options.login} works at {here} as {options.role}")
    return 0


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password (10 characters or more): ")
    return sys.stdin.readline().rstrip("\n")


def password(settings: Settings, options: argparse.Namespace) -> int:
    """`loket staff password LOGIN`: another password; they are signed out everywhere."""
    secret = _password()

    def work(tx: Tx, now: datetime) -> None:
        hashed = staff.hashed(secret, options.login, secrets.token_bytes(16))
        staff.change_password(tx, options.login, hashed, now)

    on_database(settings, work)
    print(f"{options.login} has another password and is signed out")
    return 0


def reset_totp(settings: Settings, options: argparse.Namespace) -> int:
    """`loket staff reset-totp LOGIN`: the phone is gone; the password alone is enough again."""
    on_database(settings, lambda tx, now: second_factor.reset(tx, options.login, now))
    print(f"{options.login} has no second factor and is signed out")
    return 0


def listed(settings: Settings, _: argparse.Namespace) -> int:
    """`loket staff list`."""
    for row in on_database(settings, lambda tx, _: staff.everyone(tx)):
        state = "disabled" if row.disabled_at else "active"
        print(f"{row.login}\t{row.name}\t{row.office_id}\t{row.role}\t{state}")
    return 0


def disable(settings: Settings, options: argparse.Namespace) -> int:
    """`loket staff disable LOGIN`: their sessions end at once."""
    on_database(settings, lambda tx, now: staff.disable(tx, options.login, now))
    print(f"{options.login} is locked out")
    return 0


def declare(verbs: Any) -> None:
    """The command line of `loket staff`."""
    deeds = verbs.add_parser("staff", help="who works at the desk").add_subparsers(
        required=True, metavar="DEED"
    )
    for name, command, help_ in (
        ("add", add, "add somebody; the password is asked for"),
        ("disable", disable, "lock somebody out at once"),
        ("password", password, "give somebody another password"),
        ("reset-totp", reset_totp, "let somebody in who lost phone and papers"),
    ):
        deed = deeds.add_parser(name, help=help_)
        deed.add_argument("login")
        deed.set_defaults(command=command)
        if name == "add":
            deed.add_argument("--name", default="")
            deed.add_argument("--office", default="")
            deed.add_argument("--role", default="officer", choices=ROLES)
    deeds.add_parser("list", help="show everybody").set_defaults(command=listed)
