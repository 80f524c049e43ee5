-- +goose Up

-- Where an order of version 2 came from: web, app or store. NULL for one of version
-- 1, and for what a processor wrote that did not know of channels.
ALTER TABLE orders ADD channel text;
ALTER TABLE deliveries ADD channel text;

-- +goose Down
ALTER TABLE deliveries DROP channel;
ALTER TABLE orders DROP channel;
