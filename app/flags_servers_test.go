package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
)

// What child processes are told is all that this process was, and nothing else,
// whatever else they would find in a file of settings.
func TestChildProcessesReachKafkaAsTheirParentDoes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "settings.yaml")
	others := "kafka-tls: true\nkafka-sasl-mechanism: PLAIN\nkafka-username: other\nkafka-password: other\nkafka-ca-file: other\n"
	require.NoError(t, os.WriteFile(file, []byte(others), 0o600))
	for _, test := range []struct {
		flags kafkaFlags
		want  []any
	}{
		{
			kafkaFlags{[]string{"a:1", "b:2"}, kafkaSecurityFlags{"SCRAM-SHA-512", "me", "sesame", "file", true, "ca", "cert", "key"}},
			[]any{[]any{"a:1", "b:2"}, "SCRAM-SHA-512", "me", hidden, "file", true, "ca", "cert", "key"},
		},
		{kafkaFlags{Bootstrap: []string{"a:1"}}, []any{[]any{"a:1"}, "none", "", "", "", false, "", "", ""}},
	} {
		child := exec.CommandContext(t.Context(), "orderflow", "processor", "--print-config")
		child.Env = append(append(os.Environ(), "ORDERFLOW_CONFIG="+file), test.flags.environment()...)
		output, err := child.Output()
		require.NoError(t, err)
		var all map[string]any
		require.NoError(t, yaml.Unmarshal(output, &all))
		var found []any
		for _, field := range reflect.VisibleFields(reflect.TypeFor[kafkaFlags]()) {
			if name := field.Tag.Get("name"); name != "" {
				found = append(found, all[name])
			}
		}
		require.Equal(t, test.want, found)
	}
}
