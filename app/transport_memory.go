package main

import (
	"context"
	"log/slog"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/infra/kafka"
	"orderflow/infra/memory"
	"orderflow/infra/telemetry"
)

// memoryTransport is this process alone. Its topics begin when they are named.
type memoryTransport struct {
	bus *memory.Bus
}

var _ transport = (*memoryTransport)(nil)

func newMemoryTransport(logger *slog.Logger) *memoryTransport {
	return &memoryTransport{memory.NewBus(telemetry.ForWatermill(logger))}
}

func (*memoryTransport) prepare(context.Context, handlingFlags) error { return nil }

func (*memoryTransport) prepareToSend(context.Context, string) error { return nil }

func (m *memoryTransport) newPublisher(context.Context) (message.Publisher, error) {
	return m.bus.Publisher(), nil
}

func (m *memoryTransport) newOrdersPublisher(ctx context.Context, _ string) (message.Publisher, error) {
	return m.newPublisher(ctx)
}

func (m *memoryTransport) newSubscriber(_ context.Context, _ string, config kafka.SubscriberConfig) (message.Subscriber, commitNow, error) {
	return m.bus.Subscriber(memory.SubscriberConfig{
		DrainTimeout: config.DrainTimeout,
		NackDelay:    config.NackDelay,
		Assigned:     config.Assigned,
	}), nil, nil
}

func (*memoryTransport) tooLarge(error) bool { return false }

// drained is so when all is published: publishing waits for the ack.
func (*memoryTransport) drained(context.Context, string, string) error { return nil }
