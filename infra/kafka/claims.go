package kafka

import (
	"context"
	"log/slog"
	"slices"
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
	sessions   int                       // 1 while the group's member has an assignment
	working    map[int32]context.Context // by partition, done when its drain is over
	cancelStop context.CancelFunc
	leaveGroup context.CancelFunc
}

func newClaims(config SubscriberConfig) *claims {
	stopping, cancel := context.WithCancel(context.Background())
	return &claims{
		config:     config,
		stopping:   stopping,
		cancelStop: cancel,
		working:    map[int32]context.Context{},
		leaveGroup: func() {},
	}
}

// bind returns the context under which to consume: it ends when all is drained.
func (c *claims) bind(ctx context.Context) context.Context {
	ctx, leave := context.WithCancel(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.leaveGroup = leave
	if c.stopping.Err() != nil {
		leave()
	}
	return ctx
}

// stop ends the fetching. The group is left when what is in flight has finished.
func (c *claims) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancelStop()
	if c.sessions == 0 {
		c.leaveGroup()
	}
}

// contextOf derives from ctx a context that also ends with the drain of the
// partition's claim. held is false when the partition is not ours (any longer).
func (c *claims) contextOf(ctx context.Context, partition int32) (derived context.Context, held bool) {
	c.mu.Lock()
	working, ok := c.working[partition]
	c.mu.Unlock()
	if !ok || working.Err() != nil {
		return ctx, false
	}
	derived, cancel := context.WithCancel(ctx)
	unregister := context.AfterFunc(working, cancel)
	context.AfterFunc(derived, func() { unregister() })
	return derived, true
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
	h.mu.Lock()
	h.sessions++
	h.mu.Unlock()
	if h.config.Assigned != nil {
		h.config.Assigned()
	}
	return h.inner.Setup(session)
}

// Cleanup is called when every claim of the session has ended, before what is
// marked is committed for the last time.
func (h groupHandler) Cleanup(session sarama.ConsumerGroupSession) error {
	err := h.inner.Cleanup(session)
	h.log("partitions revoked", session)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions--
	if h.stopping.Err() != nil {
		h.leaveGroup()
	}
	return err
}

// ConsumeClaim is called once for each partition of the session.
func (h groupHandler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	working, release := lasting(h.config.DrainTimeout, session.Context(), h.stopping)
	defer release()
	h.mu.Lock()
	h.working[claim.Partition()] = working
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.working, claim.Partition())
		h.mu.Unlock()
	}()

	fed, stopFeeding := feed(claim, session.Context(), h.stopping)
	defer stopFeeding()
	return h.inner.ConsumeClaim(drainingSession{session, working}, fed)
}

func (h groupHandler) log(what string, session sarama.ConsumerGroupSession) {
	attributes := []any{
		slog.String("group", h.config.Group),
		slog.String("member", session.MemberID()),
	}
	for topic, partitions := range session.Claims() {
		slices.Sort(partitions)
		attributes = append(attributes, slog.Any(topic, partitions))
	}
	h.config.Logger.Info(what, attributes...)
}
