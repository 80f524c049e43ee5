-- +goose Up

-- What the group does with its orders. A group that has gone on with its offsets
-- cannot begin anew with something else.
ALTER TABLE consumer_group ADD handler text NOT NULL DEFAULT 'persist';

-- The order_ids that the sums below hold: one is counted only in the transaction
-- that adds it here. It is never emptied, see docs/analytics.md.
CREATE TABLE inbox (
    order_id        text COLLATE "C" PRIMARY KEY,
    content         uuid NOT NULL,        -- 128 bits of a hash: what makes an order the same or another one
    kafka_partition integer NOT NULL,
    kafka_offset    bigint NOT NULL,
    committed_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What keys are compared by is no language's order: the program sorts by bytes too.
-- Rows are updated again and again: there is room for the next version beside
-- each, so that no index needs to change.

CREATE TABLE sums_by_minute (
    minute   timestamptz NOT NULL,        -- of created_at
    currency text COLLATE "C" NOT NULL,
    orders   bigint NOT NULL,
    quantity bigint NOT NULL,
    revenue  bigint NOT NULL,             -- in the currency's minor unit, as below
    PRIMARY KEY (minute, currency)
) WITH (fillfactor = 50);

CREATE TABLE sums_by_user (
    user_id  text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    orders   bigint NOT NULL,
    quantity bigint NOT NULL,
    revenue  bigint NOT NULL,
    PRIMARY KEY (user_id, currency)
) WITH (fillfactor = 50);

CREATE TABLE sums_by_item (
    sku_hash uuid NOT NULL,               -- 128 bits: a sku may be longer than an index can hold
    sku      text NOT NULL,
    currency text COLLATE "C" NOT NULL,
    orders   bigint NOT NULL,             -- those that contain it
    quantity bigint NOT NULL,
    revenue  bigint NOT NULL,
    PRIMARY KEY (sku_hash, currency)
) WITH (fillfactor = 50);

-- +goose Down
DROP TABLE sums_by_item;
DROP TABLE sums_by_user;
DROP TABLE sums_by_minute;
DROP TABLE inbox;
ALTER TABLE consumer_group DROP handler;
