package main

import (
	"fmt"

	"github.com/alecthomas/kong"

	"orderflow/infra/embedded"
	"orderflow/infra/postgres"
)

const hidden = "xxxxx" // what net/url shows for a password, too

// A tag secret:"value" says that the whole value of a flag is a secret,
// secret:"url" that a connection URL may hold one.

// withoutSecret returns a flag's value as it may be shown.
func withoutSecret(flag *kong.Flag, value string) string {
	switch {
	case flag.Tag.Get("secret") == "url":
		return postgres.Redact(value, hidden)
	case flag.Tag.Get("secret") == "value" && value != "":
		return hidden
	default:
		return value
	}
}

// noSecretsInArguments refuses what every user of this machine could read in the
// list of processes. The password of the embedded PostgreSQL is no secret.
func noSecretsInArguments(ctx *kong.Context) error {
	for _, path := range ctx.Path {
		if path.Flag == nil || path.Resolved {
			continue // not from the command line
		}
		flag := path.Flag
		value, isText := ctx.FlagValue(flag).(string)
		if !isText || withoutSecret(flag, value) == value {
			continue
		}
		if flag.Tag.Get("secret") == "url" {
			// Of what cannot be read as a URL the command says so.
			if shown := postgres.Redact(value, embedded.Password); shown == value || shown == embedded.Password {
				continue
			}
			return fmt.Errorf("--%s: every user of this machine can read a password on the command line; "+
				"set %s instead, or leave the password out and set PGPASSWORD or PGPASSFILE", flag.Name, flag.Envs[0])
		}
		return fmt.Errorf("--%s: every user of this machine can read it on the command line; set %s, or use --%s-file",
			flag.Name, flag.Envs[0], flag.Name)
	}
	return nil
}
