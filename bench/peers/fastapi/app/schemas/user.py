from datetime import datetime
from typing import Optional
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

ACCOUNT_ID = Field(validation_alias=AliasChoices("account_id", "accountId"))


class UserCreate(BaseModel):
    username: str
    email: str
    password: str
    full_name: Optional[str] = None


class UserUpdate(BaseModel):
    full_name: Optional[str] = None
    balance: Optional[int] = None


class Row(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class User(Row):
    id: UUID
    username: str
    email: str
    full_name: Optional[str]
    is_active: bool
    balance: int
    created_at: datetime
    updated_at: datetime


class UserPage(BaseModel):
    items: list[User]
    total: int


class OrderCreate(BaseModel):
    account_id: UUID = ACCOUNT_ID
    item: str
    quantity: int
    note: Optional[str] = None


class OrderWithLineCreate(OrderCreate):
    price: int


class Order(Row):
    id: UUID
    account_id: UUID
    item: str
    quantity: int
    note: Optional[str]
    created_at: datetime


class OrderLineCreate(BaseModel):
    order_id: UUID
    item: str
    quantity: int
    price: int


class OrderLine(OrderLineCreate, Row):
    id: UUID


class OrderWithLine(BaseModel):
    order: Order
    line: OrderLine


class Charge(BaseModel):
    account_id: UUID = ACCOUNT_ID
    amount: int


class EntryCreate(BaseModel):
    account_id: UUID
    amount: int
    balance: int


class Entry(EntryCreate, Row):
    id: UUID
    created_at: datetime


class LogIn(BaseModel):
    username: str
    password: str


class Token(BaseModel):
    token: str


class Item(Row):
    id: int
    name: str
    created_at: datetime


class ItemPage(BaseModel):
    items: list[Item]
