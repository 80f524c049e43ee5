// Command app is orderflow: a pipeline that takes orders from Kafka through a
// Watermill router into PostgreSQL, and the tools around it. topology.go is its
// table of contents.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
)

// The exit codes.
const (
	exitOK      = 0
	exitFailure = 1 // something went wrong
	exitUsage   = 2 // the command line or the configuration is wrong; nothing was done
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with its surroundings as arguments: results go to stdout, logs and
// errors to stderr.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := untilSignal(context.Background(), stderr)
	defer stop()

	var cli commandLine
	exited := -1
	parser, err := kong.New(&cli, cli.options(ctx, stdout, stderr, func(code int) { exited = code })...)
	if err != nil {
		panic(err) // the struct tags of commandLine are wrong
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // by --help or --print-config
		return exited
	}
	if err == nil {
		err = noSecretsInArguments(command)
	}
	if err != nil {
		fmt.Fprintf(stderr, "error: %v; see `%s --help`\n", err, helpCommand(err))
		return exitUsage
	}
	if err := command.Run(); err != nil {
		fmt.Fprintf(stderr, "error: %v\n", err)
		if _, wrongUse := errors.AsType[usageError](err); wrongUse {
			return exitUsage
		}
		return exitFailure
	}
	return exitOK
}

// usageError is an error of the command line that only its execution can find.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// helpCommand names the command whose help explains a parse error.
func helpCommand(err error) string {
	name := "go run ./app"
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context != nil && parse.Context.Selected() != nil {
		name += " " + parse.Context.Command()
	}
	return name
}
