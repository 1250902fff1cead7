"""The bench's routes, over the reference's database layer."""

from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, status
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import database_manager, get_async_session
from app.core.security import new_token
from app.crud import bench as crud
from app.crud.user import user
from app.repositories.bench import UserRepository
from app.schemas import user as schemas
from app.services.bench import bench_service


@asynccontextmanager
async def lifespan(app: FastAPI):
    await database_manager.initialize()
    yield
    await database_manager.close()


app = FastAPI(lifespan=lifespan)
Db = Annotated[AsyncSession, Depends(get_async_session)]


@app.get("/accounts/{id}", response_model=schemas.User)
async def read(id: UUID, db: Db):
    account = await user.get(db, id)
    if not account:
        raise HTTPException(status.HTTP_404_NOT_FOUND)
    return account


@app.get("/accounts", response_model=schemas.UserPage)
async def list_accounts(limit: int, db: Db):
    items = await user.get_multi(db, limit=limit)
    return {"items": items, "total": await UserRepository(db).count()}


@app.post("/orders", response_model=schemas.Order, status_code=status.HTTP_201_CREATED)
async def create(order_in: schemas.OrderCreate, db: Db):
    return await crud.order.create(db, order_in)


@app.post("/orders/with-line", response_model=schemas.OrderWithLine, status_code=status.HTTP_201_CREATED)
async def create_with_line(order_in: schemas.OrderWithLineCreate, db: Db):
    order, line = await bench_service.create_order_with_line(db, order_in)
    return {"order": order, "line": line}


@app.post("/charges", response_model=schemas.Entry, status_code=status.HTTP_201_CREATED)
async def charge(charge_in: schemas.Charge, db: Db):
    return await bench_service.charge(db, charge_in)


@app.post("/sessions", response_model=schemas.Token, status_code=status.HTTP_201_CREATED)
async def log_in(login: schemas.LogIn, db: Db):
    account = await user.authenticate(db, login.username, login.password)
    if not account or not await user.is_active(account):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED)
    token, token_hash = new_token()
    await crud.session.open(db, account, token_hash)
    return {"token": token}


@app.get("/items", response_model=schemas.ItemPage)
async def items(limit: int, db: Db, offset: int = 0):
    return {"items": await crud.item.get_multi(db, skip=offset, limit=limit)}
