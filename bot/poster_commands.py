"""`loket posters`: posters and table cards as PDF files, for scripts and printers."""

import argparse
from pathlib import Path
from typing import Any

from bot import paper
from bot.commands import Refusal
from bot.house import build
from bot.settings import Settings
from bot.stores import open_database
from handlers import posters, sources
from handlers.errors import Rejected
from storage.db import Tx


def write(settings: Settings, options: argparse.Namespace) -> int:
    """`loket posters FOLDER --place PLACE`: one file for each kind and service that is wanted."""
    from bot.clock import clock

    house, now = build(settings), clock(settings.clock.start)()
    if not house.reach.public:
        raise Refusal("posters need whatsapp.from, telegram.username or web.public_url")
    offices = [options.office] if options.office else list(house.offices)
    for office in offices:
        if office not in house.offices:
            raise Refusal(f"no office {office!r}; there are {', '.join(house.offices)}")
    kinds = [options.kind] if options.kind else list(sources.PRINTED)
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    database = open_database(settings)
    try:
        for office in offices:
            services = options.service or ["", *house.catalog(office).services]
            for service, kind in ((s, k) for s in services for k in kinds):

                def make(
                    tx: Tx, office: str = office, service: str = service, kind: str = kind
                ) -> str:
                    return sources.make(
                        tx, house, office, kind, service, options.place, "console", now
                    )

                code = database.write(make)
                data = posters.data(house, office, kind, service, code, paper.qr, now)
                path = folder / f"{data['code']}-{kind}.pdf"
                path.write_bytes(paper.pdf("poster", data, now))
                print(path)
    except Rejected as rejected:
        raise Refusal(rejected.code) from None
    finally:
        database.close()
    return 0


def declare(verbs: Any) -> None:
    """The command line of `loket posters`."""
    verb = verbs.add_parser("posters", help="write posters with codes for the chat as PDF files")
    verb.add_argument("folder")
    verb.add_argument("--place", required=True, help="where they will hang: what the desk shows")
    verb.add_argument("--office", default="", help="pu, ma, …; none: all")
    verb.add_argument(
        "--service", action="append", help="ktp_ganti, …; none: all, and one for the office"
    )
    verb.add_argument(
        "--kind", default="", choices=("", *sources.PRINTED), help="A4, A5 or table card"
    )
    verb.set_defaults(command=write)
