package report

// fault is what the report says of a fault.
type fault struct {
	Name, Title, Done, Watch string
}

var faults = []fault{
	{
		Name: "none", Title: "No fault",
		Done:  "Nothing was done to the processors or the servers.",
		Watch: "This is the measure for the others: what each guarantee costs when all goes well.",
	},
	{
		Name: "kill", Title: "A processor is killed",
		Done: "A processor got SIGKILL, so it could neither finish what it was doing nor commit, and another was started in its place. " +
			"So that a short run shows what a long one would, the moment was chosen where it matters: with at-most-once, an order was committed " +
			"and not written; with at-least-once and exactly-once, one was written and not committed; with auto-commit, by turns the one and the other.",
		Watch: "The rows grow more slowly after each mark: until the session timeout Kafka waits for a sign of life, and only then gives " +
			"the partitions to somebody else.",
	},
	{
		Name: "zombie", Title: "A processor becomes a zombie",
		Done: "A processor got SIGSTOP until its session had timed out and its partitions had a new owner, and then SIGCONT. " +
			"The old owner woke up with work in hand and went on as if nothing had happened.",
		Watch: "Now both may write the same order. Only where both arrive, in the database, can that be noticed.",
	},
	{
		Name: "rebalance", Title: "Members join and leave",
		Done: "One more processor joined the consumer group, and left it in good order when it had got its partitions, so that " +
			"partitions changed hands twice each time.",
		Watch: "This is no failure but everyday life: each deployment does it. What is in flight when a partition is revoked " +
			"has to be finished and committed first.",
	},
	{
		Name: "database", Title: "PostgreSQL is killed",
		Done: "PostgreSQL was killed and started again half a second later. A connection may break between COMMIT and its answer, and " +
			"then the processor cannot know whether the row is there.",
		Watch: "A processor that tries again may write a second row, and one that does not may lose the order. Nor may an outage " +
			"fill the dead-letter topic with valid orders.",
	},
	{
		Name: "broker", Title: "Connections to Kafka are cut",
		Done: "By turns, all connections to Kafka were cut, and replies were cut after the server had executed the request: " +
			"the offset was committed although the processor saw its commit fail.",
		Watch: "Whoever sends again what seemed to fail must be able to do it twice. A commit is; the generator's producer is, being idempotent.",
	},
	{
		Name: "soak", Title: "Faults of all kinds",
		Done:  "In one long round, faults were drawn by chance from all the others: kill, zombie, rebalance, database, broker.",
		Watch: "A guarantee has to hold whatever comes after whatever.",
	},
}

func faultOf(name string) fault {
	for _, f := range faults {
		if f.Name == name {
			return f
		}
	}
	return fault{Name: name, Title: name}
}
