package kafka

import (
	"context"
	"log/slog"
	"sync"

	"github.com/IBM/sarama"
)

// claims stands between sarama's consumer group and Watermill's handler of it,
// where the partitions come and go. It says so in the log and lets every claim
// drain before the partition is given away.
type claims struct {
	noTracing
	config SubscriberConfig

	// stopping is done when no more messages shall be taken.
	stopping context.Context

	mu         sync.Mutex
	held       map[int32]*heldClaim // by partition
	cancelStop context.CancelFunc
	leaveGroup context.CancelFunc
}

func newClaims(config SubscriberConfig) *claims {
	stopping, cancel := context.WithCancel(context.Background())
	return &claims{
		config:     config,
		stopping:   stopping,
		cancelStop: cancel,
		held:       map[int32]*heldClaim{},
		leaveGroup: func() {},
	}
}

// bind returns the context under which to consume: it ends when all is drained,
// and DrainTimeout after stop even when a handler ignores that its context ended.
func (c *claims) bind(ctx context.Context) context.Context {
	ctx, leave := lasting(ctx, c.stopping, c.config.DrainTimeout)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaveGroup = leave
	c.leaveWhenDrained()
	return ctx
}

// stop ends the fetching. The group is left when what is in flight has finished.
func (c *claims) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancelStop()
	for _, claim := range c.held {
		claim.drain()
	}
	c.leaveWhenDrained()
}

// leaveWhenDrained is called with mu held, whenever one of its conditions may
// have come true.
func (c *claims) leaveWhenDrained() {
	if c.stopping.Err() != nil && len(c.held) == 0 {
		c.leaveGroup()
	}
}

// hold notes that the partition is ours. It is refused when the group is being
// left already, since nothing would wait for this claim's drain.
func (c *claims) hold(partition int32, claim *heldClaim) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopping.Err() != nil {
		return false
	}
	c.held[partition] = claim
	return true
}

func (c *claims) letGo(partition int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.held, partition)
	c.leaveWhenDrained()
}

// of returns the claim of a partition, nil when it is not ours (any longer).
func (c *claims) of(partition int32) *heldClaim {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held[partition]
}

// WrapConsumerGroupHandler is Watermill's hook into the consumer group.
func (c *claims) WrapConsumerGroupHandler(inner sarama.ConsumerGroupHandler) sarama.ConsumerGroupHandler {
	return groupHandler{claims: c, inner: inner}
}

type groupHandler struct {
	*claims
	inner sarama.ConsumerGroupHandler
}

// Setup is called when partitions have been assigned.
func (h groupHandler) Setup(session sarama.ConsumerGroupSession) error {
	h.log("partitions assigned", session)
	if h.config.Assigned != nil {
		h.config.Assigned()
	}
	return h.inner.Setup(session)
}

// Cleanup is called when every claim of the session has ended, before what is
// marked is committed for the last time.
func (h groupHandler) Cleanup(session sarama.ConsumerGroupSession) error {
	h.log("partitions revoked", session)
	return h.inner.Cleanup(session)
}

// ConsumeClaim is called once for each partition of the session.
func (h groupHandler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	held := newHeldClaim(session, h.config)
	defer held.release()
	defer held.drain()
	if !h.hold(claim.Partition(), held) {
		return nil
	}
	defer h.letGo(claim.Partition())

	h.checkRange(session, claim)
	ahead, taken := 0, func(*sarama.ConsumerMessage) {}
	if h.config.Commit == CommitOnTimer {
		ahead, taken = maxAhead, func(record *sarama.ConsumerMessage) { session.MarkMessage(record, "") }
	}
	fed, stopFeeding := feed(held.draining, claim, ahead, taken)
	defer stopFeeding()
	if h.config.Commit == CommitBefore {
		session = unmarked{session}
	}
	return h.inner.ConsumeClaim(drainingSession{session, held.working}, fed)
}

func (h groupHandler) log(what string, session sarama.ConsumerGroupSession) {
	attributes := []any{
		slog.String("group", h.config.Group),
		slog.String("member", session.MemberID()),
	}
	for topic, partitions := range session.Claims() {
		attributes = append(attributes, slog.Any(topic, partitions))
	}
	h.config.Logger.Info(what, attributes...)
}
