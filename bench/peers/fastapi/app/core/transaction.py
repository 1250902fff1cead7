from contextlib import asynccontextmanager
from typing import AsyncGenerator, Optional
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.exc import SQLAlchemyError
from functools import wraps
import logging

logger = logging.getLogger(__name__)


class TransactionManager:
    """トランザクション管理"""
    
    def __init__(self, session: AsyncSession):
        self.session = session
    
    @asynccontextmanager
    async def transaction(
        self,
        rollback_on_exception: bool = True,
        commit_on_success: bool = True
    ) -> AsyncGenerator[AsyncSession, None]:
        """トランザクション管理コンテキスト"""
        transaction = await self.session.begin()
        
        try:
            yield self.session
            
            if commit_on_success:
                await transaction.commit()
                logger.debug("Transaction committed successfully")
            
        except Exception as e:
            if rollback_on_exception:
                await transaction.rollback()
                logger.error(f"Transaction rolled back due to error: {e}")
            raise
        
        finally:
            if transaction.is_active:
                await transaction.close()


def transactional(
    rollback_on_exception: bool = True,
    commit_on_success: bool = True
):
    """トランザクションデコレーター"""
    def decorator(func):
        @wraps(func)
        async def wrapper(*args, **kwargs):
            # セッションを引数から取得
            session = None
            for arg in args:
                if isinstance(arg, AsyncSession):
                    session = arg
                    break
            
            if not session:
                # セッションがない場合は通常の実行
                return await func(*args, **kwargs)
            
            # トランザクション内で実行
            transaction_manager = TransactionManager(session)
            async with transaction_manager.transaction(
                rollback_on_exception=rollback_on_exception,
                commit_on_success=commit_on_success
            ):
                return await func(*args, **kwargs)
        
        return wrapper
    return decorator
