package contestant

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	wmkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"

	"orderflow/handlers"
)

const insertStatement = `INSERT INTO deliveries (order_id, user_id, currency, amount, items,
	created_at, created_at_ns, kafka_partition, kafka_offset) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`

// PlainWatermill is Watermill as its documentation has it: the subscriber of
// watermill-kafka, which commits on a timer what was acked, a router without
// middleware, and an INSERT for each order. It runs until ctx is done.
func PlainWatermill(ctx context.Context, job Job, logger watermill.LoggerAdapter) (err error) {
	connector, err := job.connector(ctx)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer func() { err = errors.Join(err, db.Close()) }()
	insert, err := db.PrepareContext(ctx, insertStatement)
	if err != nil {
		return fmt.Errorf("prepare the INSERT: %w", err)
	}
	defer func() { err = errors.Join(err, insert.Close()) }()

	settings := wmkafka.DefaultSaramaSubscriberConfig()
	settings.Version = sarama.V2_8_0_0 // Kafka 4 refuses the default
	settings.Consumer.Offsets.Initial = sarama.OffsetOldest
	job.Kafka.Secure(settings)
	subscriber, err := wmkafka.NewSubscriber(wmkafka.SubscriberConfig{
		Brokers: job.Kafka.Brokers, ConsumerGroup: job.Group, Unmarshaler: wmkafka.DefaultMarshaler{}, OverwriteSaramaConfig: settings,
	}, logger)
	if err != nil {
		return fmt.Errorf("create the subscriber: %w", err)
	}
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: 10 * time.Second}, logger)
	if err != nil {
		return fmt.Errorf("create the router: %w", err)
	}
	router.AddConsumerHandler("insert", job.Topic, subscriber, func(msg *message.Message) error {
		return insertOrder(msg, insert)
	})
	return router.Run(ctx)
}

func insertOrder(msg *message.Message, insert *sql.Stmt) error {
	var order handlers.Order
	if err := json.Unmarshal(msg.Payload, &order); err != nil {
		return err
	}
	items, err := json.Marshal(order.Items)
	if err != nil {
		return err
	}
	partition, _ := wmkafka.MessagePartitionFromCtx(msg.Context())
	offset, _ := wmkafka.MessagePartitionOffsetFromCtx(msg.Context())
	_, err = insert.ExecContext(msg.Context(), order.ID, order.UserID, order.Currency, order.Amount, string(items),
		order.CreatedAt.Truncate(time.Microsecond), order.CreatedAt.Nanosecond()%int(time.Microsecond), partition, offset)
	return err
}
