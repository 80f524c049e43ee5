package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"orderflow/handlers"
)

// Commit is when the offset of a message is committed.
type Commit string

// The times to commit.
const (
	// CommitAfter marks a message when it is acked; what is marked is committed at
	// an interval.
	CommitAfter Commit = "after"
	// CommitOnTimer marks messages as they are fetched, up to maxAhead before they
	// are handled: Kafka's own auto-commit (enable.auto.commit), which commits
	// what was polled.
	CommitOnTimer Commit = "timer"
	// CommitBefore leaves it to the caller to call CommitNow before handling.
	CommitBefore Commit = "before"
)

// maxAhead is how many records of a partition auto-commit marks before they are
// handled: what a poll returns. Java's consumer returns up to 500 by default
// (max.poll.records); these go through a router that handles one after the other.
const maxAhead = 100

// committer commits single offsets at once, with the broker's answer, which
// sarama does not give.
type committer struct {
	group  string
	client *kgo.Client
}

func newCommitter(config SubscriberConfig) (*committer, error) {
	// Newer versions of the request name topics by id.
	client, err := kgo.NewClient(append(config.Franz(), kgo.MaxVersions(kversion.V3_8_0()))...)
	if err != nil {
		return nil, fmt.Errorf("configure the commits of group %q: %w", config.Group, err)
	}
	return &committer{group: config.Group, client: client}, nil
}

func (c *committer) commit(ctx context.Context, claim *heldClaim, source handlers.Source) error {
	partition := kmsg.NewOffsetCommitRequestTopicPartition()
	partition.Partition = source.Partition
	partition.Offset = source.Offset + 1
	topic := kmsg.NewOffsetCommitRequestTopic()
	topic.Topic = source.Topic
	topic.Partitions = append(topic.Partitions, partition)
	request := kmsg.NewPtrOffsetCommitRequest()
	request.Group = c.group
	request.MemberID = claim.session.MemberID()
	request.Generation = claim.session.GenerationID()
	request.Topics = append(request.Topics, topic)

	response, err := request.RequestWith(ctx, c.client)
	if err == nil {
		err = refusal(response)
	}
	if err != nil {
		return fmt.Errorf("commit %s: %w", source, err)
	}
	return nil
}

var errMovedOn = errors.New("the partition has moved on")

// notOurs gives the error of a commit the class Canceled when it says that the
// partition is, or is about to be, somebody else's: the message is theirs, too.
func notOurs(err error) error {
	switch {
	case errors.Is(err, errMovedOn), errors.Is(err, kerr.IllegalGeneration), errors.Is(err, kerr.UnknownMemberID),
		errors.Is(err, kerr.RebalanceInProgress):
		return handlers.Fail(handlers.Canceled, err)
	default:
		return err
	}
}

// CommitNow commits the offset after a message that this subscriber has
// delivered, and returns when the broker has it; the subscriber must be one with
// CommitBefore. An error says that it may not be committed: do not handle the
// message.
func (s *Subscriber) CommitNow(ctx context.Context, source handlers.Source) error {
	claim := s.claims.of(source.Partition)
	if claim == nil {
		return notOurs(fmt.Errorf("commit %s: %w", source, errMovedOn))
	}
	return notOurs(s.committer.commit(ctx, claim, source))
}
