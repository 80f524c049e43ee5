"""An aiokafka client that knows nothing of orderflow.

produce BROKERS TOPIC CODEC [HEADER=VALUE]      lines "key<TAB>value" of stdin
transact BROKERS TOPIC CODEC commit|abort       the same in one transaction
consume BROKERS TOPIC COUNT                     prints lines "key<TAB>value"
"""
import asyncio
import sys
import uuid

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer


def lines():
    return [line.rstrip("\n").encode().split(b"\t", 1) for line in sys.stdin]


async def send(producer, topic, headers):
    waiting = [await producer.send(topic, value, key=key, headers=headers) for key, value in lines()]
    await asyncio.gather(*waiting)


async def produce(brokers, topic, codec, header=""):
    headers = [(header.split("=")[0], header.split("=")[1].encode())] if header else []
    async with AIOKafkaProducer(bootstrap_servers=brokers, compression_type=codec, linger_ms=100) as producer:
        await send(producer, topic, headers)


async def transact(brokers, topic, codec, end):
    async with AIOKafkaProducer(
        bootstrap_servers=brokers, compression_type=codec, linger_ms=100, transactional_id=str(uuid.uuid4())
    ) as producer:
        await producer.begin_transaction()
        await send(producer, topic, [])
        await (producer.commit_transaction() if end == "commit" else producer.abort_transaction())


async def consume(brokers, topic, count):
    async with AIOKafkaConsumer(topic, bootstrap_servers=brokers, auto_offset_reset="earliest") as consumer:
        for _ in range(int(count)):
            record = await consumer.getone()
            print(f"{record.key.decode()}\t{record.value.decode()}")


asyncio.run({"produce": produce, "transact": transact, "consume": consume}[sys.argv[1]](*sys.argv[2:]))
