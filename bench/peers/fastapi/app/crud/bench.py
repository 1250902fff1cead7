"""The reference's CRUD of the bench's tables."""

from datetime import datetime, timedelta, timezone

from sqlalchemy.ext.asyncio import AsyncSession

from app.crud.base import CRUDBase
from app.models.user import Item, Order, Session, User
from app.schemas.user import Item as ItemSchema
from app.schemas.user import OrderCreate

SESSION = timedelta(days=7)


class CRUDSession(CRUDBase[Session, ItemSchema, ItemSchema]):
    async def open(self, db: AsyncSession, account: User, token_hash: str) -> Session:
        expires_at = datetime.now(timezone.utc) + SESSION
        db_obj = Session(account_id=account.id, token_hash=token_hash, expires_at=expires_at)
        db.add(db_obj)
        await db.commit()
        await db.refresh(db_obj)
        return db_obj


order = CRUDBase[Order, OrderCreate, OrderCreate](Order)
item = CRUDBase[Item, ItemSchema, ItemSchema](Item)
session = CRUDSession(Session)
