-- +goose Up

-- One row a delivery, with no unique key: what the guarantees below exactly-once
-- write, so that an order that came twice shows.
CREATE TABLE deliveries (
    order_id        text NOT NULL,
    row_id          bigint GENERATED ALWAYS AS IDENTITY,
    user_id         text NOT NULL,
    currency        text NOT NULL,
    amount          bigint NOT NULL,
    items           jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    created_at_ns   smallint NOT NULL,
    kafka_partition integer NOT NULL,
    kafka_offset    bigint NOT NULL,
    committed_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- +goose Down
DROP TABLE deliveries;
