package main

import (
	"fmt"
	"time"

	"orderflow/app/lab"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// profile is a delivery guarantee as what it is made of. Nothing else differs
// from one guarantee to another.
type profile struct {
	name     string
	commit   kafka.Commit   // when the offset of an order is committed
	interval time.Duration  // how often what is marked is committed
	write    postgres.Write // how its row is written
	promises promises
}

// promises is what a crash must not do to an order.
type promises struct {
	neverLost, neverDoubled bool
}

// profiles are the guarantees to choose from, by --delivery.
var profiles = []profile{
	//                 offset committed            how often               written              a crash may
	{"at-most-once", kafka.CommitBefore, time.Second, postgres.Insert, promises{neverDoubled: true}},         // lose, never double
	{"auto-commit", kafka.CommitOnTimer, time.Second, postgres.Insert, promises{}},                           // lose and double
	{"at-least-once", kafka.CommitAfter, 200 * time.Millisecond, postgres.Insert, promises{neverLost: true}}, // double, never lose
	{"exactly-once", kafka.CommitAfter, 200 * time.Millisecond, postgres.InsertOnce, promises{true, true}},   // neither
}

// profileOf returns the profile of a name that kong has checked.
func profileOf(name string) profile {
	for _, p := range profiles {
		if p.name == name {
			return p
		}
	}
	panic(fmt.Sprintf("no delivery guarantee is called %q", name))
}

// profileNames are the names that --delivery takes.
func profileNames() []string {
	var names []string
	for _, p := range profiles {
		names = append(names, p.name)
	}
	return names
}

// forLab is the profile as the experiment knows it.
func (p profile) forLab() lab.Delivery {
	return lab.Delivery{Name: p.name, Commit: p.commit, Write: p.write, Flags: []string{"--delivery", p.name}}
}

// analyticsForLab is the handler that counts orders, as the experiment knows it.
func analyticsForLab() lab.Delivery {
	return lab.Delivery{
		Name: "analytics", Commit: profileOf("exactly-once").commit, Write: postgres.CountOnce, Flags: []string{"--handler", "analytics"},
	}
}
