package report

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/app/lab"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, JSON(&b, fixture().Cells))
	requireGolden(t, "cells.golden.json", b.Bytes())

	var objects []map[string]any
	require.NoError(t, json.Unmarshal(b.Bytes(), &objects))
	require.Len(t, objects, 24)
	for _, object := range objects {
		require.Len(t, object, 13)
		for _, key := range []string{
			"delivery", "fault", "orders", "injected", "persisted", "lost", "duplicated", "dead_lettered",
			"valid_dead_lettered", "out_of_order", "orders_per_second", "p99_ms", "recovery_seconds",
		} {
			require.Contains(t, object, key)
		}
	}
}

func TestJSONOfNothingIsAnArray(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, JSON(&b, nil))
	require.Equal(t, "[]\n", b.String())
}

func TestResults(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, writeResult(&b, fixture()))
	requireGolden(t, "results.golden.json", b.Bytes())
}

func TestResultsWithoutCourses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cells []lab.Cell
		want  string
	}{
		{nil, `{"started_at":"0001-01-01T00:00:00Z","orders":0,"cells":[]}`},
		{[]lab.Cell{{Course: &lab.Course{}}}, `"course":{"bucket_ms":0,"rows":[],"faults_ms":[],"latency_ms":[0,`},
	} {
		var b bytes.Buffer
		require.NoError(t, writeResult(&b, lab.Result{Cells: c.cells}))
		require.Contains(t, b.String(), c.want)
		require.NotContains(t, b.String(), "null")
	}
}
