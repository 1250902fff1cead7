from sqlalchemy.ext.asyncio import (
    create_async_engine,
    AsyncSession,
    async_sessionmaker
)
from sqlalchemy.pool import AsyncAdaptedQueuePool  # bench: was NullPool, QueuePool
from sqlalchemy import event, text
from contextlib import asynccontextmanager
from typing import AsyncGenerator
import logging

from app.core.config import settings

logger = logging.getLogger(__name__)


class DatabaseManager:
    """データベース管理クラス"""
    
    def __init__(self):
        self.engine = None
        self.session_factory = None
    
    async def initialize(self):
        """データベース初期化"""
        # エンジン作成
        self.engine = create_async_engine(
            settings.DATABASE_URL,
            echo=settings.DEBUG,
            # bench: was QueuePool, which SQLAlchemy refuses for an asyncio engine
            poolclass=AsyncAdaptedQueuePool,
            pool_size=settings.DATABASE_POOL_SIZE,
            max_overflow=settings.DATABASE_MAX_OVERFLOW,
            pool_timeout=settings.DATABASE_POOL_TIMEOUT,
            pool_pre_ping=True,
            pool_recycle=3600,
            connect_args={
                "server_settings": {
                    "application_name": settings.PROJECT_NAME,
                }
            }
        )
        
        # セッションファクトリー作成
        self.session_factory = async_sessionmaker(
            bind=self.engine,
            class_=AsyncSession,
            expire_on_commit=False,
            autoflush=True,
            autocommit=False
        )
        
        # イベントリスナー設定
        self._setup_event_listeners()
        
        logger.info("Database initialized successfully")
    
    def _setup_event_listeners(self):
        """SQLAlchemyイベントリスナー設定"""
        
        @event.listens_for(self.engine.sync_engine, "connect")
        def set_postgresql_options(dbapi_connection, connection_record):
            """PostgreSQL最適化設定"""
            with dbapi_connection.cursor() as cursor:
                cursor.execute("SET timezone TO 'UTC'")
                cursor.execute("SET statement_timeout TO '30s'")
    
    @asynccontextmanager
    async def get_session(self) -> AsyncGenerator[AsyncSession, None]:
        """セッション取得（コンテキストマネージャー）"""
        if not self.session_factory:
            raise RuntimeError("Database not initialized")
        
        async with self.session_factory() as session:
            try:
                yield session
            except Exception:
                await session.rollback()
                raise
            finally:
                await session.close()
    
    async def close(self):
        """データベース接続終了"""
        if self.engine:
            await self.engine.dispose()
        logger.info("Database connections closed")


# グローバルインスタンス
database_manager = DatabaseManager()


# FastAPI依存関数
async def get_async_session() -> AsyncGenerator[AsyncSession, None]:
    """データベースセッション依存関数"""
    async with database_manager.get_session() as session:
        yield session
