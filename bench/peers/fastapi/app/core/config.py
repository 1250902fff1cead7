from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    PROJECT_NAME: str = "bench"
    ENVIRONMENT: str = "production"
    DEBUG: bool = False
    DATABASE_URL: str
    DATABASE_POOL_SIZE: int = 20
    DATABASE_MAX_OVERFLOW: int = 10
    DATABASE_POOL_TIMEOUT: int = 30


settings = Settings()
