package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/app/verify"
	"orderflow/infra/embedded/servertest"
)

// The whole way, by the commands: a run without faults, then one row is deleted.
func TestVerify(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	book := filepath.Join(t.TempDir(), "ledger.jsonl")
	generate := program(t, "generator", "--topic", flags.Topic, "--count", "200", "--invalid", "10%", "--seed", "1", "--ledger", book)
	require.NoError(t, generate.Run())
	processor := start(t, flags, database)
	processor.finish(t, 200)
	processor.end(t)

	code, stdout, stderr := verifying(t, flags, database, book, "--json")
	require.Zero(t, code, stderr)
	var report verify.Report
	require.NoError(t, json.Unmarshal([]byte(stdout), &report))
	require.EqualValues(t, 200, report.Orders)
	require.EqualValues(t, 200, report.Valid+report.Invalid)
	require.Equal(t, report.Valid, report.Persisted)
	require.Equal(t, report.Invalid, report.DeadLettered)
	require.Positive(t, report.Invalid)
	require.Empty(t, report.Findings)
	require.Empty(t, report.Notes)

	deleted := servertest.Query(t, database, `DELETE FROM `+processor.store.Table()+
		` WHERE row_id = (SELECT min(row_id) FROM `+processor.store.Table()+`) RETURNING order_id`)[0]
	code, stdout, stderr = verifying(t, flags, database, book)
	require.Equal(t, exitFailure, code)
	require.Contains(t, stdout, `lost order_id="`+deleted+`"`)
	require.Contains(t, stdout, "neither a row nor a dead letter")
	require.Contains(t, stderr, `does not keep what exactly-once promises: orders lost: 1`)

	code, _, stderr = verifying(t, flags, database, book, "--delivery", "at-most-once")
	require.Zero(t, code, stderr)
}

// verifying runs verify on what belongs to a test.
func verifying(t *testing.T, flags handlingFlags, database, book string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log strings.Builder
	code = run(append([]string{
		"verify", "--kafka-bootstrap", strings.Join(servertest.Kafka(t), ","),
		"--database-url", database, "--group-id", flags.Group, "--ledger", book,
	}, args...), &out, &log)
	return code, out.String(), log.String()
}
