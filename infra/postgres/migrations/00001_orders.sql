-- +goose Up

-- Whose schema this is. Two groups whose names fall together must not share it.
CREATE TABLE consumer_group (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    group_id text NOT NULL
);

-- One row an order, whatever is delivered how often: order_id decides.
CREATE TABLE orders (
    order_id        text PRIMARY KEY,
    row_id          bigint GENERATED ALWAYS AS IDENTITY, -- its order within a user is the order of writing
    user_id         text NOT NULL,
    currency        text NOT NULL,
    amount          bigint NOT NULL,                     -- in the currency's minor unit
    items           jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    created_at_ns   smallint NOT NULL,                   -- 0 to 999: what created_at has below its microsecond
    kafka_partition integer NOT NULL,
    kafka_offset    bigint NOT NULL,
    committed_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- +goose Down
DROP TABLE orders;
DROP TABLE consumer_group;
