"""The reference's repositories of the bench's tables."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.user import Entry, Order, OrderLine, User

from .base import BaseRepository


class UserRepository(BaseRepository[User]):
    def __init__(self, session: AsyncSession):
        super().__init__(session, User)

    async def get_for_update(self, id: UUID) -> User:
        result = await self.session.execute(select(User).where(User.id == id).with_for_update(key_share=True))
        return result.scalar_one()


class OrderRepository(BaseRepository[Order]):
    def __init__(self, session: AsyncSession):
        super().__init__(session, Order)


class OrderLineRepository(BaseRepository[OrderLine]):
    def __init__(self, session: AsyncSession):
        super().__init__(session, OrderLine)


class EntryRepository(BaseRepository[Entry]):
    def __init__(self, session: AsyncSession):
        super().__init__(session, Entry)
