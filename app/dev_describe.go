package main

import (
	"fmt"
	"io"

	"orderflow/infra/postgres"
	"orderflow/infra/postgres/messages"
)

// describe says where to look.
func (s *servers) describe(w io.Writer, flags handlingFlags) {
	orders, letters := flags.Topic, flags.deadLetterTopic()
	table, latest := postgres.TableOf(flags.Group, flags.written()), "row_id"
	if flags.Handler == "analytics" {
		table, latest = postgres.Schema(flags.Group)+".sums_by_minute", "minute"
	}
	var carrying, looking, exporting string
	switch flags.Transport {
	case "kafka":
		carrying = fmt.Sprintf("Kafka       %s    topics %s and %s", s.kafka.Addr(), orders, letters)
		looking = fmt.Sprintf("kcat -b %s -t %s -C -e -f '%%k %%h\\n%%s\\n\\n'", s.kafka.Addr(), letters)
		exporting = "KAFKA_BOOTSTRAP=" + s.kafka.Addr()
	case "postgres":
		carrying = fmt.Sprintf("messages    in PostgreSQL    topics %s and %s", messages.Table(orders), messages.Table(letters))
		looking = fmt.Sprintf(`psql '%s' -c 'SELECT "offset", encode(key, $$escape$$), encode(payload, $$escape$$) FROM %s'`,
			s.databaseURL(), messages.Table(letters))
		exporting = "ORDERFLOW_TRANSPORT=postgres"
	default:
		carrying = fmt.Sprintf("messages    in this process    topics %s and %s", orders, letters)
		looking = "# dead letters are not kept in memory: this log says what was wrong"
		exporting = "ORDERFLOW_TRANSPORT=postgres # memory reaches no other process"
	}
	fmt.Fprintf(w, `
%s
PostgreSQL  127.0.0.1:%d    table %s

Look at the rows and at the dead letters:
  psql '%s' -c 'TABLE %s ORDER BY %s DESC LIMIT 5'
  %s
For other terminals:
  export %s
  export DATABASE_URL='%s'

`, carrying, s.postgres.Port(), table, s.databaseURL(), table, latest, looking, exporting, s.databaseURL())
}
