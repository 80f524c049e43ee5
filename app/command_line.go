package main

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/alecthomas/kong"

	"orderflow/app/bench"
	"orderflow/infra/telemetry"
)

// commandLine is all commands with their flags. Each flag is also an environment
// variable and a key of the YAML file; a flag given wins over the environment,
// the environment over the file, the file over the default.
type commandLine struct {
	Dev       devCommand       `cmd:"" help:"Run everything on this machine: Kafka, PostgreSQL, generator and processor, without Docker."`
	Generator generatorCommand `cmd:"" help:"Publish orders."`
	Processor processorCommand `cmd:"" help:"Take orders from Kafka into PostgreSQL, as a member of a consumer group."`
	Migrate   migrateCommand   `cmd:"" help:"Create a consumer group's schema or bring it up to date, for processors that may not do so themselves."`
	Compare   compareCommand   `cmd:"" help:"Make processors and servers fail, and read what each delivery guarantee lost or doubled."`
	Verify    verifyCommand    `cmd:"" help:"Hold a generator's ledger against the rows and dead letters of a consumer group."`
	Stats     statsCommand     `cmd:"" help:"Show the sums of an analytics group: top items, top users, revenue per day."`
	Bench     benchCommand     `cmd:"" help:"Measure rate, latency and memory side by side with a hand-written loop and with plain Watermill."`
	Topics    topicsCommand    `cmd:"" help:"Create, show and change topics."`
	Groups    groupsCommand    `cmd:"" help:"Show the members of consumer groups, and how far behind they are."`

	BenchContestant contestantCommand `cmd:"" hidden:""`

	Config      configFile  `help:"YAML file with flags, such as 'group-id: order-processor'." placeholder:"FILE" env:"ORDERFLOW_CONFIG"`
	PrintConfig printConfig `help:"Print what is in force, as YAML with secrets hidden, and end." env:"-"`
	LogLevel    slog.Level  `help:"Least level of the logs on stderr: debug, info, warn or error." default:"info" placeholder:"LEVEL"`
	LogFormat   string      `help:"Format of the logs: text or json." enum:"text,json" default:"text" placeholder:"FORMAT"`
}

// surroundings is what a command works with beside its flags.
type surroundings struct {
	ctx    context.Context // done at the first SIGINT or SIGTERM
	stdout io.Writer
	stderr io.Writer
	logger *slog.Logger
}

func (c *commandLine) options(ctx context.Context, stdout, stderr io.Writer, exit func(int)) []kong.Option {
	return []kong.Option{
		kong.Name("app"),
		kong.Description("Orders from Kafka through a Watermill router into PostgreSQL, with a delivery guarantee."),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.DefaultEnvars("ORDERFLOW"),
		kong.Vars{"contestants": strings.Join(bench.Contestants(), ",")},
		kong.ValueFormatter(helpWithDefault),
		kong.Writers(stdout, stderr),
		kong.Exit(exit),
		kong.ExplicitGroups([]kong.Group{
			{Key: "transport", Title: "Transport:"},
			{Key: "kafka", Title: "Kafka:"},
			{Key: "postgres", Title: "PostgreSQL:"},
			{Key: "group", Title: "Consumer group:"},
			{Key: "delivery", Title: "Delivery guarantee:"},
			{Key: "failures", Title: "When something fails:"},
			{Key: "outbox", Title: "Events out:"},
			{Key: "orders", Title: "Orders:"},
			{Key: "output", Title: "Output:"},
		}),
		kong.BindToProvider(func() (surroundings, error) {
			return surroundings{
				ctx:    ctx,
				stdout: stdout,
				stderr: stderr,
				logger: telemetry.NewLogger(stderr, c.LogLevel, c.LogFormat == "json"),
			}, nil
		}),
	}
}

// helpWithDefault adds to a flag's help its default, which kong shows only for
// flags without a placeholder, and its environment variables.
func helpWithDefault(value *kong.Value) string {
	help := []string{value.Help}
	if value.HasDefault && value.Default != "" {
		help = append(help, "Default: "+value.Default+".")
	}
	for _, name := range value.Tag.Envs {
		help = append(help, "[$"+name+"]")
	}
	return strings.Join(help, " ")
}
