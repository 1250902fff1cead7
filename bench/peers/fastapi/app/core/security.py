import hashlib
import secrets

import bcrypt


def get_password_hash(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(8)).decode()


def verify_password(password: str, hashed_password: str) -> bool:
    return bcrypt.checkpw(password.encode(), hashed_password.encode())


def new_token() -> tuple[str, str]:
    """A random token, and the hash of it that is stored."""
    token = secrets.token_bytes(32)
    return token.hex(), hashlib.sha256(token).hexdigest()
