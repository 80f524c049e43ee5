package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// operation is what a client may be allowed to do, as kafka-acls.sh writes it.
type operation string

const (
	opRead     operation = "Read"
	opWrite    operation = "Write"
	opCreate   operation = "Create"
	opDescribe operation = "Describe"
	opAlter    operation = "Alter"
	opDelete   operation = "Delete"

	opDescribeConfigs operation = "DescribeConfigs"
	opAlterConfigs    operation = "AlterConfigs"
)

// The kinds of what operations are allowed on.
const (
	onTopic = "topic"
	onGroup = "group"
)

// Rights are what a client is about to do.
type Rights struct {
	Read  []string // topics
	Write []string // topics
	Group string   // the consumer group to be a member of, "" for none
}

// CheckRights refuses to begin without a right that is needed later, when it would
// stop or delay what was promised: a dead letter that may not be written keeps its
// order back for ever. Brokers that do not tell what a client may do are believed
// to allow it.
func (a *Admin) CheckRights(ctx context.Context, rights Rights) error {
	ctx = kadm.WithAuthorizedOps(ctx)
	var missing []error
	for op, topics := range map[operation][]string{opRead: rights.Read, opWrite: rights.Write} {
		for _, topic := range topics {
			details, err := a.client.ListTopics(ctx, topic)
			if errors.Is(err, kerr.TopicAuthorizationFailed) { // not even to describe it
				missing = append(missing, a.config.lacks(op, onTopic, topic))
				continue
			}
			if err != nil {
				return fmt.Errorf("ask what is allowed on topic %q: %w", topic, err)
			}
			missing = append(missing, a.config.missing(details[topic].AuthorizedOperations, op, onTopic, topic))
		}
	}
	if rights.Group != "" {
		described, err := a.client.DescribeGroups(ctx, rights.Group)
		if err == nil {
			err = described[rights.Group].Err
		}
		switch {
		case errors.Is(err, kerr.GroupAuthorizationFailed):
			missing = append(missing, a.config.lacks(opRead, onGroup, rights.Group))
		case err != nil:
			// Of a group that nobody has joined yet brokers tell no rights, and a new
			// cluster has no coordinator before the first member comes. The join tells.
		default:
			missing = append(missing, a.config.missing(described[rights.Group].AuthorizedOperations, opRead, onGroup, rights.Group))
		}
	}
	return errors.Join(missing...)
}

// missing is an error unless op is allowed. A broker that does not tell allows
// nothing at all, not even to describe what was just described.
func (c Config) missing(allowed []kadm.ACLOperation, op operation, kind, name string) error {
	wanted := map[operation]kadm.ACLOperation{opRead: kadm.OpRead, opWrite: kadm.OpWrite}[op]
	if len(allowed) == 0 || slices.Contains(allowed, wanted) {
		return nil
	}
	return c.lacks(op, kind, name)
}

func (c Config) lacks(op operation, kind, name string) error {
	return fmt.Errorf("%s lacks the right %s on %s %q; %s", c.principal(), op, kind, name, c.grant(op, kind, name))
}

// explainRight adds to an error that is the lack of a right how to get it.
func (c Config) explainRight(err error, op operation, kind, name string) error {
	if !unauthorized(err) {
		return err
	}
	return fmt.Errorf("%w; %s", err, c.grant(op, kind, name))
}

// principal names the user as the broker's rights do.
func (c Config) principal() string {
	switch {
	case c.SASL != nil:
		return "User:" + c.SASL.Username
	case c.TLS != nil && c.TLS.GetClientCertificate != nil:
		if own, err := c.TLS.GetClientCertificate(nil); err == nil && own.Leaf != nil {
			return "User:" + own.Leaf.Subject.String()
		}
	}
	return "User:ANONYMOUS"
}

// grant says how to allow something.
func (c Config) grant(op operation, kind, name string) string {
	return fmt.Sprintf("allow it with `kafka-acls.sh --add --allow-principal '%s' --operation %s --%s '%s'` (docs/security.md)",
		c.principal(), op, kind, name)
}
