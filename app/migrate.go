package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"orderflow/infra/postgres"
)

// migrateCommand is `migrate`.
type migrateCommand struct {
	databaseFlags

	Handler string `enum:"persist,analytics" default:"persist" group:"group" help:"What the group does with its orders: persist or analytics." placeholder:"WHAT"`
	Group   string `name:"group-id" env:"GROUP_ID" group:"group" help:"Consumer group whose schema it is. Default: order-processor, or order-analytics with --handler analytics." placeholder:"ID"`
	GrantTo string `name:"grant-to" group:"postgres" help:"Grant this role what a processor needs, and nothing else; it must exist." placeholder:"ROLE"`
}

// Validate is called by kong.
func (c *migrateCommand) Validate() error {
	if c.Group != "" && strings.TrimSpace(c.Group) == "" {
		return errors.New("--group-id: a consumer group needs a name")
	}
	return nil
}

// Run is called by kong.
func (c *migrateCommand) Run(s surroundings) error {
	c.Group = cmp.Or(c.Group, handlerDefaults[c.Handler].group)
	database, err := c.databaseFlags.config()
	if err != nil {
		return err
	}
	version, err := postgres.Migrate(s.ctx, database, c.Group, c.Handler, c.GrantTo)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.stdout, "schema %s of consumer group %s is at version %d\n", postgres.Schema(c.Group), c.Group, version)
	if c.GrantTo != "" {
		fmt.Fprintf(s.stdout, "role %s may run its processors\n", c.GrantTo)
	}
	return nil
}
