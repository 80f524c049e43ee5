package report

// guarantee is what the report says of a delivery guarantee. The promises are
// those of --delivery; a promise is about what a crash may do to an order.
type guarantee struct {
	Name                    string
	NeverLost, NeverDoubled bool

	// Colours are of Okabe and Ito's palette (Color Universal Design, 2008), which
	// people with any kind of colour blindness tell apart; dashes serve print.
	Color, Dash string

	Commit, Write, May, Why string
	Timelines               []timeline
}

// timeline is one order on its way through a crash: the steps of the processor
// that dies after the second of them, and those of the one that takes over.
type timeline struct {
	Before, After [3]string // an empty step is not drawn
	Outcome, Tone string
}

var guarantees = []guarantee{
	{
		Name: "at-most-once", NeverDoubled: true, Color: "#d55e00", Dash: "2 3",
		Commit: "before the handler runs",
		Write:  "insert into a table without a unique key",
		May:    "lose orders, never double them",
		Why: "Once the offset is committed, Kafka takes the order for done. If the processor dies before the insert, " +
			"nobody gets the order again. Since nothing is ever delivered twice, nothing can be written twice.",
		Timelines: []timeline{{
			Before: [3]string{"deliver 7", "commit 8", "insert 7"}, After: [3]string{"deliver 8"},
			Outcome: "Order 7 has no row: lost", Tone: "bad",
		}},
	},
	{
		Name: "auto-commit", Color: "#cc79a7", Dash: "8 3 2 3",
		Commit: "on a timer, whether the order is handled or not",
		Write:  "insert into a table without a unique key",
		May:    "lose orders and double them",
		Why: "This is what Kafka clients do by default. If the timer fires before the insert, a crash loses the order; if it " +
			"fires after, a crash in between brings the order again and it gets a second row.",
		Timelines: []timeline{
			{
				Before: [3]string{"deliver 7", "commit 8", "insert 7"}, After: [3]string{"deliver 8"},
				Outcome: "The timer was early: order 7 is lost", Tone: "bad",
			},
			{
				Before: [3]string{"deliver 7", "insert 7", "commit 8"}, After: [3]string{"deliver 7", "insert 7", "commit 8"},
				Outcome: "The timer was late: order 7 has two rows", Tone: "bad",
			},
		},
	},
	{
		Name: "at-least-once", NeverLost: true, Color: "#009e73", Dash: "8 4",
		Commit: "after the insert",
		Write:  "insert into a table without a unique key",
		May:    "double orders, never lose them",
		Why: "Kafka keeps delivering the order until its offset is committed, and that is only done when the row is durable. " +
			"If the processor dies between the two, the order comes again and gets a second row.",
		Timelines: []timeline{{
			Before: [3]string{"deliver 7", "insert 7", "commit 8"}, After: [3]string{"deliver 7", "insert 7", "commit 8"},
			Outcome: "Order 7 has two rows: doubled", Tone: "bad",
		}},
	},
	{
		Name: "exactly-once", NeverLost: true, NeverDoubled: true, Color: "#0072b2",
		Commit: "after the insert",
		Write:  "insert once: order_id is the primary key and decides, in one transaction",
		May:    "neither lose nor double orders",
		Why: "The order is still delivered again after a crash, for no protocol can rule that out between two systems. " +
			"But the second insert finds the order_id taken and writes nothing, so the effect happens once.",
		Timelines: []timeline{{
			Before: [3]string{"deliver 7", "insert 7", "commit 8"}, After: [3]string{"deliver 7", "is there", "commit 8"},
			Outcome: "Order 7 has one row", Tone: "good",
		}},
	},
	{
		Name: "analytics", NeverLost: true, NeverDoubled: true, Color: "#e69f00", Dash: "1 2",
		Commit: "after the sums are added to",
		Write:  "add to the sums only if order_id is new in the inbox, in one transaction",
		May:    "neither lose nor double orders, and no sum is off by a cent",
		Why: "A sum does not show what it is made of, so adding an order again would go unnoticed. The inbox remembers the " +
			"order_ids that are counted, and either both change or none.",
		Timelines: []timeline{{
			Before: [3]string{"deliver 7", "count 7", "commit 8"}, After: [3]string{"deliver 7", "is there", "commit 8"},
			Outcome: "Order 7 is counted once", Tone: "good",
		}},
	},
}

// guaranteeOf returns a guarantee that promises nothing for a name it doesn't know.
func guaranteeOf(name string) guarantee {
	for _, g := range guarantees {
		if g.Name == name {
			return g
		}
	}
	return guarantee{Name: name, Color: "#64748b"}
}
