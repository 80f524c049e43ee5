package lab

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// busiest returns the member whose partitions have the most to come: a fault that
// hits one with nothing to do shows nothing.
func (g *group) busiest(ctx context.Context) (*child, error) {
	ends, err := g.round.topics.EndOffsets(ctx, g.round.topic)
	if err != nil {
		return nil, err
	}
	committed, err := g.round.topics.CommittedOffsets(ctx, g.name, g.round.topic)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	members := slices.Clone(g.members)
	g.mu.Unlock()
	busiest, most := members[0], int64(-1)
	for _, member := range members {
		partitions, err := g.round.topics.partitions(ctx, g.name, g.round.topic, member)
		if err != nil {
			return nil, err
		}
		var left int64
		for _, partition := range partitions {
			left += ends[partition] - committed[partition]
		}
		if left > most {
			busiest, most = member, left
		}
	}
	return busiest, nil
}

var assignment = regexp.MustCompile(`msg="partitions (assigned|revoked)".*"?\[([0-9 ]*)\]"?`)

// partitions returns those that a processor has, by its log.
func (c *child) partitions() ([]int32, error) {
	log, err := os.ReadFile(c.log)
	if err != nil {
		return nil, fmt.Errorf("read which partitions %s has: %w", c.name, err)
	}
	all := assignment.FindAllSubmatch(log, -1)
	if len(all) == 0 || string(all[len(all)-1][1]) == "revoked" {
		return nil, nil
	}
	var partitions []int32
	for number := range strings.FieldsSeq(string(all[len(all)-1][2])) {
		partition, err := strconv.ParseInt(number, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read which partitions %s has: %w", c.name, err)
		}
		partitions = append(partitions, int32(partition))
	}
	return partitions, nil
}
