"""The bench's tables, on the reference's bases."""

import uuid
from datetime import datetime
from typing import Optional

from sqlalchemy import DateTime, ForeignKey, func, text
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from .base import Base, TimestampMixin


class IdMixin(MappedAsDataclass):
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"), init=False)


class CreatedMixin(MappedAsDataclass):
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), init=False)


class User(IdMixin, TimestampMixin, Base):
    __tablename__ = "accounts"

    username: Mapped[str]
    email: Mapped[str]
    hashed_password: Mapped[str]
    full_name: Mapped[Optional[str]] = mapped_column(default=None)
    is_active: Mapped[bool] = mapped_column(default=True)
    balance: Mapped[int] = mapped_column(default=0)


class Order(IdMixin, CreatedMixin, Base):
    __tablename__ = "orders"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    item: Mapped[str]
    quantity: Mapped[int]
    note: Mapped[Optional[str]] = mapped_column(default=None)


class OrderLine(IdMixin, Base):
    __tablename__ = "order_lines"

    order_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("orders.id"))
    item: Mapped[str]
    quantity: Mapped[int]
    price: Mapped[int]


class Entry(IdMixin, CreatedMixin, Base):
    __tablename__ = "entries"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    amount: Mapped[int]
    balance: Mapped[int]


class Session(IdMixin, CreatedMixin, Base):
    __tablename__ = "sessions"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    token_hash: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Item(CreatedMixin, Base):
    __tablename__ = "items"

    id: Mapped[int] = mapped_column(primary_key=True, init=False)
    name: Mapped[str]
