package kafka

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
)

// Group is a consumer group as its coordinator describes it.
type Group struct {
	Name string
	// State is Stable when every member knows its partitions, Empty or Dead when
	// there is none; else the group is rebalancing.
	State string
	// Assignor is how the partitions are shared out, such as range or
	// cooperative-sticky; "" while there is no member.
	Assignor string
	// Coordinator is the id of the broker that looks after the group.
	Coordinator int32
	// Members are its members, sorted by id. A member that was killed stays until
	// its session timeout is over.
	Members []Member
}

// Member is a member of a consumer group.
type Member struct {
	ID, ClientID, Host string
	// Partitions are those it has been given, by topic, sorted.
	Partitions map[string][]int32
}

// Stable reports whether the group has so many members and all know their
// partitions.
func (g Group) Stable(members int) bool {
	return g.State == "Stable" && len(g.Members) == members
}

// MemberIDs returns the ids of the members, sorted.
func (g Group) MemberIDs() []string {
	var ids []string
	for _, member := range g.Members {
		ids = append(ids, member.ID)
	}
	return ids
}

// DescribeGroup returns what the coordinator knows of a group. A group that
// nobody has joined is Dead.
func (a *Admin) DescribeGroup(ctx context.Context, name string) (Group, error) {
	described, err := a.client.DescribeGroups(ctx, name)
	if err == nil {
		err = described[name].Err
	}
	if errors.Is(err, kerr.GroupIDNotFound) {
		return a.describeNewGroup(ctx, name)
	}
	if err != nil {
		return Group{}, fmt.Errorf("describe group %q: %w", name, a.config.explainRight(err, opDescribe, onGroup, name))
	}
	found := described[name]
	group := Group{Name: name, State: found.State, Assignor: found.Protocol, Coordinator: found.Coordinator.NodeID}
	for _, m := range found.Members {
		assigned := kadm.TopicsSet{}
		if consumer, ok := m.Assigned.AsConsumer(); ok {
			for _, topic := range consumer.Topics {
				assigned.Add(topic.Topic, topic.Partitions...)
			}
		}
		group.Members = append(group.Members, memberOf(m.MemberID, m.ClientID, m.ClientHost, assigned))
	}
	group.sortMembers()
	return group, nil
}

// describeNewGroup looks for a group that foreign clients have made with the
// protocol of KIP-848 (group.protocol=consumer), which the older request does not
// find.
func (a *Admin) describeNewGroup(ctx context.Context, name string) (Group, error) {
	described, err := a.client.DescribeConsumerGroups(ctx, name)
	if err == nil {
		err = described[name].Err
	}
	if err != nil { // also when the broker does not know the request
		return Group{Name: name, State: "Dead"}, nil //nolint:nilerr // there is no such group, of either kind
	}
	found := described[name]
	group := Group{Name: name, State: found.State, Assignor: found.AssignorName, Coordinator: found.Coordinator.NodeID}
	for _, m := range found.Members {
		group.Members = append(group.Members, memberOf(m.MemberID, m.ClientID, m.ClientHost, m.Assignment))
	}
	group.sortMembers()
	return group, nil
}

func memberOf(id, client, host string, assigned kadm.TopicsSet) Member {
	// Kafka writes the address as Java does: /127.0.0.1.
	member := Member{ID: id, ClientID: client, Host: strings.TrimPrefix(host, "/"), Partitions: map[string][]int32{}}
	for topic, partitions := range assigned {
		member.Partitions[topic] = slices.Sorted(maps.Keys(partitions))
	}
	return member
}

func (g Group) sortMembers() {
	slices.SortFunc(g.Members, func(a, b Member) int { return strings.Compare(a.ID, b.ID) })
}

// ListGroups returns the names of all consumer groups, sorted.
func (a *Admin) ListGroups(ctx context.Context) ([]string, error) {
	listed, err := a.client.ListGroups(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the consumer groups: %w", err)
	}
	var names []string
	for _, group := range listed.Sorted() {
		if group.ProtocolType == "consumer" || group.ProtocolType == "" { // "" has only committed offsets
			names = append(names, group.Group)
		}
	}
	return names, nil
}
