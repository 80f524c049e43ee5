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
		Done: "A processor got SIGKILL, so it could neither finish what it was doing nor commit. Its partitions went to the " +
			"other members when its session had timed out, and a new processor was started.",
		Watch: "The flat part after each mark is the session timeout: Kafka waits for a sign of life before it gives the partitions away.",
	},
	{
		Name: "zombie", Title: "A processor becomes a zombie",
		Done: "A processor got SIGSTOP for longer than its session timeout, and then SIGCONT. Meanwhile its partitions had a new " +
			"owner. The old one woke up with work in hand and went on as if nothing had happened.",
		Watch: "Both may write the same order. Only a decision in the database, where both arrive, can tell them apart.",
	},
	{
		Name: "rebalance", Title: "Members join and leave",
		Done: "Processors joined the consumer group and left it in order, again and again, so that partitions kept changing hands.",
		Watch: "This is no failure but everyday life: each deployment does it. What is in flight when a partition is revoked " +
			"has to be finished and committed first.",
	},
	{
		Name: "database", Title: "PostgreSQL is killed",
		Done: "PostgreSQL was killed and restarted. Connections broke, some of them between COMMIT and its answer, so that the " +
			"processor could not know whether the row was there.",
		Watch: "A processor that tries again may write a second row, and one that doesn't may lose the order. An outage also must not " +
			"fill the dead-letter topic with valid orders.",
	},
	{
		Name: "broker", Title: "Connections to Kafka are cut",
		Done: "Connections to Kafka were cut, and replies were cut after the server had executed the request, so that a commit or " +
			"a send had happened although its sender saw it fail.",
		Watch: "A producer that sends again doubles the order already in the topic unless it is idempotent; this one is.",
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
