"""The bench's transactions, by the reference's decorator and repositories."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.transaction import transactional
from app.models.user import Entry, Order, OrderLine
from app.repositories.bench import EntryRepository, OrderLineRepository, OrderRepository, UserRepository
from app.schemas.user import Charge, EntryCreate, OrderCreate, OrderLineCreate, OrderWithLineCreate, UserUpdate

LOWEST_BALANCE = -1_000_000_000


def price_of(amount: int, balance: int) -> int:
    return amount if balance >= 500_000 else amount + 1


class BenchService:
    @transactional()
    async def create_order_with_line(
        self, db: AsyncSession, order_in: OrderWithLineCreate
    ) -> tuple[Order, OrderLine]:
        values = order_in.model_dump(exclude={"price"})
        order = await OrderRepository(db).create(OrderCreate(**values))
        line = OrderLineCreate(
            order_id=order.id, item=order_in.item, quantity=order_in.quantity, price=order_in.price
        )
        return order, await OrderLineRepository(db).create(line)

    @transactional()
    async def charge(self, db: AsyncSession, charge: Charge) -> Entry:
        users = UserRepository(db)
        account = await users.get_for_update(charge.account_id)
        price = price_of(charge.amount, account.balance)
        account = await users.update(account, UserUpdate(balance=account.balance - price))
        entry = await EntryRepository(db).create(
            EntryCreate(account_id=account.id, amount=price, balance=account.balance)
        )
        if entry.balance < LOWEST_BALANCE:
            raise ValueError("The account owes too much")
        return entry


bench_service = BenchService()
