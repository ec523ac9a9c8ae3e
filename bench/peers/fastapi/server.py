"""Sign-in as FastAPI's documentation shows it, on asyncpg, with the hash that the measured service uses."""

import asyncio
import os
import time
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from fastapi import Depends, FastAPI, HTTPException, status
from fastapi.security import HTTPBearer
from pydantic import BaseModel

SECRET = "only for a measurement on this machine, 32 characters or more"
hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
bearer = HTTPBearer()


class Credentials(BaseModel):
    email: str
    password: str


class User(BaseModel):
    id: int
    email: str


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=1, max_size=10) as pool:
        # Each process runs this; the lock keeps them from creating the table at once.
        await pool.execute("SELECT pg_advisory_lock(1); CREATE TABLE IF NOT EXISTS users (id bigserial PRIMARY KEY, "
                           "email text UNIQUE, password_hash text); SELECT pg_advisory_unlock(1)")
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/live")
async def live():
    return {"status": "ok"}


@app.post("/users", status_code=status.HTTP_201_CREATED)
async def register(credentials: Credentials) -> User:
    password_hash = await asyncio.to_thread(hasher.hash, credentials.password)
    query = "INSERT INTO users (email, password_hash) VALUES ($1, $2) RETURNING id, email"
    return User(**await app.state.pool.fetchrow(query, credentials.email, password_hash))


@app.post("/login")
async def login(credentials: Credentials):
    row = await app.state.pool.fetchrow("SELECT id, password_hash FROM users WHERE email = $1", credentials.email)
    try:
        if row is None:
            raise VerifyMismatchError
        await asyncio.to_thread(hasher.verify, row["password_hash"], credentials.password)
    except VerifyMismatchError:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED) from None
    claims = {"sub": str(row["id"]), "exp": int(time.time()) + 900}
    return {"access_token": jwt.encode(claims, SECRET, algorithm="HS256"), "token_type": "bearer"}


@app.get("/users/me")
async def own_user(credentials: Annotated[object, Depends(bearer)]) -> User:
    try:
        claims = jwt.decode(credentials.credentials, SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED) from None
    row = await app.state.pool.fetchrow("SELECT id, email FROM users WHERE id = $1", int(claims["sub"]))
    if row is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED)
    return User(**row)
