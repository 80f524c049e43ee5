package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"orderflow/infra/kafka"
)

// groupsCommand is `groups`.
type groupsCommand struct {
	Show groupsShow `cmd:"" default:"withargs" help:"Show the members of a consumer group and how far it has come. This is what 'groups' alone does."`
	List groupsList `cmd:"" help:"List all consumer groups."`
}

type groupsShow struct {
	kafkaFlags
	Group    string        `name:"group-id" env:"GROUP_ID" default:"order-processor" group:"group" help:"Consumer group." placeholder:"ID"`
	Watch    bool          `group:"output" help:"Show it again and again until Ctrl+C."`
	Interval time.Duration `default:"2s" group:"output" help:"Time between two looks of --watch." placeholder:"TIME"`
	JSON     bool          `name:"json" group:"output" help:"Print one JSON object, or with --watch one a line."`
}

// Validate is called by kong.
func (c *groupsShow) Validate() error {
	switch {
	case strings.TrimSpace(c.Group) == "":
		return errors.New("--group-id: a consumer group needs a name")
	case c.Interval < 100*time.Millisecond:
		return fmt.Errorf("--interval: must be 100ms or more, is %s", c.Interval)
	default:
		return nil
	}
}

// Run is called by kong.
func (c *groupsShow) Run(s surroundings) error {
	return withAdmin(s, c.kafkaFlags, func(admin *kafka.Admin) error {
		look := func() (textWriter, error) { return lookAtGroup(s, admin, c.Group) }
		if c.Watch {
			return watch(s, c.Interval, c.JSON, look)
		}
		result, err := look()
		if err != nil {
			return err
		}
		return writeResult(s.stdout, result, c.JSON)
	})
}

type groupsList struct {
	kafkaFlags
	JSON bool `name:"json" group:"output" help:"Print one JSON object."`
}

// listedGroups is the result of `groups list`.
type listedGroups struct {
	Groups []listedGroup `json:"groups"`
}

type listedGroup struct {
	Group   string `json:"group"`
	State   string `json:"state"`
	Members int    `json:"members"`
	Lag     int64  `json:"lag"`
}

// Run is called by kong.
func (c *groupsList) Run(s surroundings) error {
	return withAdmin(s, c.kafkaFlags, func(admin *kafka.Admin) error {
		names, err := admin.ListGroups(s.ctx)
		if err != nil {
			return err
		}
		result := listedGroups{Groups: []listedGroup{}}
		for _, name := range names {
			group, lags, err := admin.GroupLag(s.ctx, name)
			if errors.Is(err, kafka.ErrNoGroup) {
				continue // it ended since
			}
			if err != nil {
				return err
			}
			result.Groups = append(result.Groups, listedGroup{name, group.State, len(group.Members), totalLag(lags)})
		}
		return writeResult(s.stdout, result, c.JSON)
	})
}

func (l listedGroups) writeText(w io.Writer) {
	t := newTable(table.Row{"group", "state", "members", "lag"})
	for _, group := range l.Groups {
		t.AppendRow(table.Row{group.Group, group.State, group.Members, group.Lag})
	}
	fmt.Fprintln(w, t.Render())
}

func totalLag(lags []kafka.PartitionLag) (total int64) {
	for _, lag := range lags {
		total += lag.Lag()
	}
	return total
}
