package lab

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"orderflow/infra/kafka"
)

// fault is a way to fail.
type fault struct {
	name string
	// shared says that it hits the servers, and so all groups at once; it is then
	// injected through any of them, and needs embedded servers.
	shared bool
	// brokers says that it concerns Kafka only.
	brokers bool
	// inject makes the n-th failure, calls struck when it strikes, and returns when
	// it has healed.
	inject func(ctx context.Context, g *group, n int, struck func()) error
}

// faults are all there are, in the order in which they are shown.
var faults = []fault{
	{name: "none"},
	{name: "kill", inject: kill},
	{name: "zombie", inject: zombie},
	{name: "rebalance", inject: rebalance},
	{name: "database", shared: true, inject: database},
	{name: "broker", shared: true, brokers: true, inject: broker},
}

// Faults returns the names of all faults.
func Faults() []string {
	var names []string
	for _, f := range faults {
		names = append(names, f.name)
	}
	return names
}

// FaultsOn returns the names of those that a transport can have.
func FaultsOn(transport string) []string {
	var names []string
	for _, f := range faults {
		if transport == "kafka" || !f.brokers {
			names = append(names, f.name)
		}
	}
	return names
}

// faultOf returns the fault of a name, or an error that lists the names.
func faultOf(name string) (fault, error) {
	i := slices.IndexFunc(faults, func(f fault) bool { return f.name == name })
	if i < 0 {
		return fault{}, fmt.Errorf("there is no fault %q; there are %s", name, strings.Join(Faults(), ", "))
	}
	return faults[i], nil
}

// kill ends a processor by SIGKILL, and another takes its place. aim chooses the
// moment: one at which the guarantee has something to show.
func kill(ctx context.Context, g *group, n int, struck func()) error {
	victim, err := g.busiest(ctx)
	if err != nil {
		return err
	}
	moments := telling[g.delivery.Commit]
	if err := g.aim(ctx, victim, moments[n%len(moments)]); err != nil {
		return err
	}
	struck()
	return g.replace(ctx, victim)
}

// zombie stops a processor for longer than its session lasts. Its partitions are
// given away, and then it wakes up with work in hand.
func zombie(ctx context.Context, g *group, _ int, struck func()) error {
	sleeper, err := g.busiest(ctx)
	if err != nil {
		return err
	}
	struck()
	if err := sleeper.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	awake := func() error { return sleeper.signal(syscall.SIGCONT) }
	err = g.await(ctx, "given the sleeper's partitions away", func(now kafka.Group) bool {
		return now.Stable(members - 1)
	})
	if err != nil {
		_ = awake() // or it could not be ended
		return err
	}
	if err := awake(); err != nil {
		return err
	}
	return g.await(ctx, "the sleeper back", func(now kafka.Group) bool { return now.Stable(members) })
}

// rebalance has one more member join and leave.
func rebalance(ctx context.Context, g *group, _ int, struck func()) error {
	struck()
	var guest *child
	err := g.moving(ctx, members+1, func() (err error) {
		guest, err = g.join()
		return err
	})
	if err != nil {
		return err
	}
	return g.moving(ctx, members, func() error { return guest.stop() })
}

// database kills PostgreSQL, leaves it down for a moment and starts it again.
func database(ctx context.Context, g *group, _ int, struck func()) error {
	struck()
	const down = 500 * time.Millisecond
	return g.round.servers.restartPostgres(ctx, down)
}

// broker cuts all connections to Kafka by turns with cutting the replies to
// requests that it has executed.
func broker(_ context.Context, g *group, n int, struck func()) error {
	struck()
	const replies = 10
	if n%2 == 0 {
		g.round.servers.network.CutAll()
	} else {
		g.round.servers.network.DropReplies(replies)
	}
	return nil
}
