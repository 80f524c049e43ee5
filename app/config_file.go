package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// configFile is the flag --config: a YAML file whose keys are names of flags.
type configFile string

// BeforeResolve makes the file a source of flags.
func (c configFile) BeforeResolve(app *kong.Kong, ctx *kong.Context, trace *kong.Path) error {
	path := string(ctx.FlagValue(trace.Flag).(configFile)) //nolint:forcetypeassert // it is the flag this hook belongs to
	if path == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("--config: %w", err)
	}
	values := yamlValues{path: path}
	if err := yaml.Unmarshal(text, &values.byFlag); err != nil {
		return fmt.Errorf("--config: %s is no YAML mapping of flags to values: %w", path, errors.New(firstLine(err.Error())))
	}
	if err := values.Validate(app.Model); err != nil {
		return err
	}
	ctx.AddResolver(values)
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// yamlValues is a kong.Resolver.
type yamlValues struct {
	path   string
	byFlag map[string]any
}

// Validate refuses keys that are no flag of any command, which a typing error is.
func (v yamlValues) Validate(app *kong.Application) error {
	known := flagNames(app.Node)
	for key := range v.byFlag {
		if !slices.Contains(known, key) {
			return fmt.Errorf("--config: %s has the unknown key %q; keys are the names of flags, such as %q", v.path, key, "group-id")
		}
	}
	return nil
}

func flagNames(node *kong.Node) []string {
	var names []string
	for _, flag := range node.Flags {
		names = append(names, flag.Name)
	}
	for _, child := range node.Children {
		names = append(names, flagNames(child)...)
	}
	return names
}

// Resolve gives a flag its value from the file unless the environment has one.
func (v yamlValues) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	return v.byFlag[flag.Name], nil
}
