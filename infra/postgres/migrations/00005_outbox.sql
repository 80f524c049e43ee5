-- +goose Up

-- Events on their way to Kafka, written in the transaction of what they announce
-- and deleted in the transaction that notes them as published. A row is the events
-- that one transaction has for one topic, or some of them.
CREATE TABLE outbox (
    transaction_id xid8 NOT NULL,        -- rows are published in the order of their transactions,
    "offset"       bigint GENERATED ALWAYS AS IDENTITY, -- and within one in that of writing
    topic          text NOT NULL,
    events         integer NOT NULL,     -- how many are in payload
    payload        bytea NOT NULL,       -- infra/postgres/outbox_event.go
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (transaction_id, "offset")
);
-- It is read once: to compress it costs more than it saves.
ALTER TABLE outbox ALTER COLUMN payload SET STORAGE EXTERNAL;

-- How far the outbox is published. The lock on its one row is the right to publish.
CREATE TABLE outbox_offsets (
    consumer_group                text PRIMARY KEY,
    offset_acked                  bigint NOT NULL,
    last_processed_transaction_id xid8 NOT NULL
);

-- Events that the broker refuses for good, with the cause.
CREATE TABLE outbox_refused (
    refused_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id   text NOT NULL,
    topic      text NOT NULL,
    cause      text NOT NULL,
    payload    bytea NOT NULL,           -- as in outbox, of one event
    refused_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- +goose Down
DROP TABLE outbox_refused;
DROP TABLE outbox_offsets;
DROP TABLE outbox;
