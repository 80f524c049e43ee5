"""A confluent-kafka client that knows nothing of orderflow.

produce BROKERS TOPIC CODEC [HEADER=VALUE]      lines "key<TAB>value" of stdin
transact BROKERS TOPIC CODEC commit|abort       the same in one transaction
consume BROKERS TOPIC COUNT                     prints lines "key<TAB>value"
"""
import sys
import uuid

from confluent_kafka import Consumer, Producer


def fail_unless_sent(error, _):
    if error:
        sys.exit(f"not sent: {error}")


def send(producer, topic, headers):
    for line in sys.stdin:
        key, value = line.rstrip("\n").split("\t", 1)
        producer.produce(topic, value, key, headers=headers, on_delivery=fail_unless_sent)
    if left := producer.flush(60):
        sys.exit(f"{left} not sent")


def produce(brokers, topic, codec, header=""):
    producer = Producer({"bootstrap.servers": brokers, "compression.type": codec, "linger.ms": 100})
    send(producer, topic, [tuple(header.split("="))] if header else [])


def transact(brokers, topic, codec, end):
    producer = Producer({
        "bootstrap.servers": brokers, "compression.type": codec, "linger.ms": 100, "transactional.id": str(uuid.uuid4()),
    })
    producer.init_transactions()
    producer.begin_transaction()
    send(producer, topic, [])
    producer.commit_transaction() if end == "commit" else producer.abort_transaction()


def consume(brokers, topic, count):
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": str(uuid.uuid4()), "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    for _ in range(int(count)):
        record = consumer.poll(60)
        if record is None or record.error():
            sys.exit(f"nothing came: {record and record.error()}")
        print(f"{record.key().decode()}\t{record.value().decode()}")
    consumer.close()


{"produce": produce, "transact": transact, "consume": consume}[sys.argv[1]](*sys.argv[2:])
