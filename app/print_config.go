package main

import (
	"encoding"
	"fmt"
	"net/url"
	"regexp"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// printConfig is the flag --print-config.
type printConfig bool

const hidden = "xxxxx" // what net/url shows for a password, too

// AfterApply prints the flags of the chosen command, in a form that --config reads.
func (p printConfig) AfterApply(app *kong.Kong, ctx *kong.Context) error {
	if !p {
		return nil
	}
	var values yaml.MapSlice
	for _, flag := range ctx.Flags() {
		switch flag.Name {
		case "help", "config", "print-config":
			continue
		}
		values = append(values, yaml.MapItem{Key: flag.Name, Value: shown(flag, ctx.FlagValue(flag))})
	}
	text, err := yaml.Marshal(values)
	if err != nil {
		return fmt.Errorf("--print-config: %w", err)
	}
	fmt.Fprint(app.Stdout, string(text))
	app.Exit(exitOK)
	return nil
}

var passwordWord = regexp.MustCompile(`(password\s*=\s*)('[^']*'|\S+)`)

// shown returns a flag's value as it may be shown. A tag secret:"value" hides the
// whole, secret:"url" the password in a connection URL.
func shown(flag *kong.Flag, value any) any {
	text, isText := value.(string)
	switch flag.Tag.Get("secret") {
	case "value":
		if text != "" {
			return hidden
		}
	case "url":
		if parsed, err := url.Parse(text); err == nil && parsed.Scheme != "" {
			return parsed.Redacted()
		}
		return passwordWord.ReplaceAllString(text, "${1}"+hidden)
	}
	if isText {
		return text
	}
	if marshaler, ok := value.(encoding.TextMarshaler); ok {
		if text, err := marshaler.MarshalText(); err == nil {
			return string(text)
		}
	}
	if stringer, ok := value.(fmt.Stringer); ok {
		return stringer.String()
	}
	return value
}
