package main

import (
	"encoding"
	"fmt"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// printConfig is the flag --print-config.
type printConfig bool

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

// shown returns a flag's value as it may be shown.
func shown(flag *kong.Flag, value any) any {
	if text, isText := value.(string); isText {
		return withoutSecret(flag, text)
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
