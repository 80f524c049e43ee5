package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kerr"
)

// Group is a consumer group as its coordinator describes it.
type Group struct {
	// State is Stable when every member knows its partitions, Empty or Dead when
	// there is none; else the group is rebalancing.
	State string
	// Members are the ids of its members, sorted. A member that was killed stays
	// until its session timeout is over.
	Members []string
}

// Stable reports whether the group has so many members and all know their
// partitions.
func (g Group) Stable(members int) bool {
	return g.State == "Stable" && len(g.Members) == members
}

// DescribeGroup returns what the coordinator knows of a group. A group that
// nobody has joined is Dead.
func (a *Admin) DescribeGroup(ctx context.Context, name string) (Group, error) {
	described, err := a.client.DescribeGroups(ctx, name)
	if err == nil {
		err = described[name].Err
	}
	if errors.Is(err, kerr.GroupIDNotFound) {
		return Group{State: "Dead"}, nil
	}
	if err != nil {
		return Group{}, fmt.Errorf("describe group %q: %w", name, err)
	}
	group := Group{State: described[name].State}
	for _, member := range described[name].Members {
		group.Members = append(group.Members, member.MemberID)
	}
	slices.Sort(group.Members)
	return group, nil
}
