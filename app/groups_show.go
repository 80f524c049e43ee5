package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"orderflow/infra/kafka"
)

// groupReport is the result of `groups`. Ages are in seconds, by our clock and the
// records' timestamps, so where clocks differ they may be negative; null when nothing
// waits or it is not known.
type groupReport struct {
	Group       string            `json:"group"`
	State       string            `json:"state"`
	Assignor    string            `json:"assignor"`
	Coordinator int32             `json:"coordinator"`
	Lag         int64             `json:"lag"`
	Oldest      *float64          `json:"oldest_waiting_seconds"`
	Members     []memberReport    `json:"members"`
	Partitions  []partitionReport `json:"partitions"`
}

type memberReport struct {
	Member     string             `json:"member"`
	Client     string             `json:"client"`
	Host       string             `json:"host"`
	Partitions map[string][]int32 `json:"partitions"` // by topic
}

type partitionReport struct {
	Topic     string   `json:"topic"`
	Partition int32    `json:"partition"`
	Committed *int64   `json:"committed"` // null if nothing is
	End       int64    `json:"end"`
	Lag       int64    `json:"lag"`
	Oldest    *float64 `json:"oldest_waiting_seconds"`
	Member    *string  `json:"member"` // null if none has it
}

func lookAtGroup(s surroundings, admin *kafka.Admin, name string) (textWriter, error) {
	group, lags, err := admin.GroupLag(s.ctx, name)
	if errors.Is(err, kafka.ErrNoGroup) {
		return nil, explainNoGroup(s, admin, name)
	}
	if err != nil {
		return nil, err
	}
	if err := admin.ReadOldest(s.ctx, lags); err != nil {
		if s.ctx.Err() != nil {
			return nil, s.ctx.Err()
		}
		s.logger.Warn("the age of what waits is not known everywhere", slog.Any("error", err))
	}
	return newGroupReport(group, lags, time.Now()), nil
}

// explainNoGroup says which groups there are instead.
func explainNoGroup(s surroundings, admin *kafka.Admin, name string) error {
	names, err := admin.ListGroups(s.ctx)
	switch {
	case err != nil:
		return err
	case len(names) == 0:
		return fmt.Errorf("there is no consumer group %q, nor any other; one begins with its first processor: "+
			"`go run ./app processor --group-id %s`", name, name)
	default:
		return fmt.Errorf("there is no consumer group %q; there are %s", name, strings.Join(names, ", "))
	}
}

func newGroupReport(group kafka.Group, lags []kafka.PartitionLag, now time.Time) groupReport {
	report := groupReport{
		Group: group.Name, State: group.State, Assignor: group.Assignor, Coordinator: group.Coordinator,
		Lag: totalLag(lags), Members: []memberReport{}, Partitions: []partitionReport{},
	}
	for _, m := range group.Members {
		report.Members = append(report.Members, memberReport{m.ID, m.ClientID, m.Host, m.Partitions})
	}
	for _, lag := range lags {
		row := partitionReport{Topic: lag.Topic, Partition: lag.Partition, End: lag.End, Lag: lag.Lag()}
		if lag.Committed >= 0 {
			row.Committed = &lag.Committed
		}
		if lag.Member != "" {
			row.Member = &lag.Member
		}
		if !lag.Oldest.IsZero() {
			age := now.Sub(lag.Oldest).Round(time.Millisecond).Seconds()
			row.Oldest = &age
			if report.Oldest == nil || age > *report.Oldest {
				report.Oldest = &age
			}
		}
		report.Partitions = append(report.Partitions, row)
	}
	return report
}

func (r groupReport) writeText(w io.Writer) {
	fmt.Fprintf(w, "group %s: %s, %d members, lag %d, oldest waiting %s\n", r.Group, r.State, len(r.Members), r.Lag, age(r.Oldest, r.Lag))
	partitions := newTable(table.Row{"topic", "partition", "committed", "end", "lag", "oldest waiting", "member"})
	partitions.SetColumnConfigs([]table.ColumnConfig{{Number: 3, Align: text.AlignRight}, {Number: 6, Align: text.AlignRight}})
	for _, p := range r.Partitions {
		committed, member := "-", "-"
		if p.Committed != nil {
			committed = fmt.Sprint(*p.Committed)
		}
		if p.Member != nil {
			member = *p.Member
		}
		partitions.AppendRow(table.Row{p.Topic, p.Partition, committed, p.End, p.Lag, age(p.Oldest, p.Lag), member})
	}
	fmt.Fprintln(w, partitions.Render())
	if len(r.Members) == 0 {
		return
	}
	members := newTable(table.Row{"member", "client", "host", "partitions"})
	for _, m := range r.Members {
		members.AppendRow(table.Row{m.Member, m.Client, m.Host, m.assignment()})
	}
	fmt.Fprintln(w, members.Render())
}

func (m memberReport) assignment() string {
	var parts []string
	for _, topic := range slices.Sorted(maps.Keys(m.Partitions)) {
		parts = append(parts, topic+" "+listed(m.Partitions[topic]))
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, "; ")
}

// age says how old something is that waits.
func age(seconds *float64, lag int64) string {
	switch {
	case lag == 0:
		return "-"
	case seconds == nil:
		return "unknown"
	}
	age := time.Duration(*seconds * float64(time.Second))
	if age > time.Minute || age < -time.Minute {
		age = age.Round(time.Second)
	} else {
		age = age.Round(100 * time.Millisecond)
	}
	if age < 0 {
		return "from " + (-age).String() + " in the future"
	}
	return age.String()
}
