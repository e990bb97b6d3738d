"""Who works at the desk, and how they get in."""

from datetime import datetime

from sqlalchemy import UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.tables.utc import Utc


class Staff(SQLModel, table=True):
    """Somebody who works at the desk.  Disabled staff are out at once.

    signed_in_at  when they were let in last
    section       the section of services that a kasi leads; "" for none or all
    """

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("login"),)
    id: int | None = Field(default=None, primary_key=True)
    office_id: str
    login: str
    name: str
    role: str
    password_hash: str
    disabled_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc)
    signed_in_at: datetime | None = Field(default=None, sa_type=Utc)
    section: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class StaffSession(SQLModel, table=True):
    """A browser at the desk; the id is the hash of its cookie.

    stage  "in": signed in; after the password is still missing: "code", the code of the second
           factor; "setup", the second factor itself
    agent  which browser it is, to be recognised by its owner
    """

    __tablename__ = "staff_sessions"
    id: str = Field(primary_key=True)
    office_id: str
    staff_id: int = Field(foreign_key="staff.id", index=True)
    csrf: str
    created_at: datetime = Field(sa_type=Utc)
    seen_at: datetime = Field(sa_type=Utc)
    stage: str = Field(default="in", sa_column_kwargs={"server_default": text("'in'")})
    agent: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class SecondFactor(SQLModel, table=True):
    """What besides the password lets somebody in; secrets are sealed by the vault.

    pending    a secret whose first code is awaited
    last_step  the last half minute whose code was used: none works twice
    """

    __tablename__ = "second_factors"
    staff_id: int = Field(primary_key=True, foreign_key="staff.id")
    office_id: str
    secret: str
    pending: str
    last_step: int


class RecoveryCode(SQLModel, table=True):
    """A code on paper for when the phone is gone; the id is its hash."""

    __tablename__ = "recovery_codes"
    id: str = Field(primary_key=True)
    office_id: str
    staff_id: int = Field(foreign_key="staff.id", index=True)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class Invite(SQLModel, table=True):
    """A one-time link with which somebody becomes staff; the id is the hash of its secret."""

    __tablename__ = "invites"
    id: str = Field(primary_key=True)
    office_id: str
    role: str
    expires_at: datetime = Field(sa_type=Utc)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


STAFF = SQLModel.metadata.tables["staff"]
STAFF_SESSIONS = SQLModel.metadata.tables["staff_sessions"]
SECOND_FACTORS = SQLModel.metadata.tables["second_factors"]
RECOVERY_CODES = SQLModel.metadata.tables["recovery_codes"]
INVITES = SQLModel.metadata.tables["invites"]
