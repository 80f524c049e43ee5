package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"orderflow/infra/postgres"
)

// accountSums says what became of the orders of a group that counts them: its sums
// are held against the table of the group of the same round that writes each once,
// which its ledger judges in turn.
func (g *group) accountSums(ctx context.Context) (cell Cell, err error) {
	r := g.round
	i := slices.IndexFunc(r.groups, func(other *group) bool { return other.delivery.Write == postgres.InsertOnce })
	if i < 0 {
		return cell, errors.New("sums are held against the table of exactly-once, which does not take part")
	}
	snapshot, err := postgres.OpenSnapshot(ctx, r.servers.database, g.name)
	if err != nil {
		return cell, err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	found, err := snapshot.Reconcile(ctx, r.groups[i].name)
	if err != nil {
		return cell, fmt.Errorf("account for %s: %w", g.name, err)
	}
	return Cell{
		Delivery: g.delivery.Name, Fault: r.name, Orders: r.config.Orders, Injected: len(g.injected), Persisted: found.Counted,
		Lost: found.Missing, Duplicated: max(found.Excess, 0), SumsOff: found.Off + found.Phantom,
	}, nil
}
