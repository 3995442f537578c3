import trio

from thesetd.adapters.aio import AsyncioBridge
from thesetd.adapters.postgres import migrate
from thesetd.domain.batches import Batch


async def test_smoke(postgres_store):
    print(await postgres_store.statuses())
