package main

import (
	"bytes"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/servertest"
)

// counted is the record of an order of one item.
func counted(id, user, currency, sku string, quantity, price int64, day int) *kgo.Record {
	value := fmt.Sprintf(`{"order_id":%q,"user_id":%q,"currency":%q,"amount":%d,"items":[{"sku":%q,"quantity":%d,"unit_price":%d}],`+
		`"created_at":"2026-11-%02dT23:59:59.999999999Z"}`, id, user, currency, quantity*price, sku, quantity, price, day)
	return &kgo.Record{Key: []byte(user), Value: []byte(value)}
}

// The analytics handler counts each order once, refuses what would make a sum
// wrong, and stats shows what it has counted.
func TestAnalyticsCountsOrders(t *testing.T) {
	t.Parallel()
	for _, inFlight := range []int{1, 100} {
		t.Run(fmt.Sprintf("%d in flight", inFlight), func(t *testing.T) {
			t.Parallel()
			flags, database := world(t)
			flags.Handler, flags.InFlight = "analytics", inFlight
			processor := start(t, flags, database)
			records := []*kgo.Record{
				counted("a", "ada", "EUR", "tea", 2, 450, 1),
				counted("a", "ada", "EUR", "tea", 2, 450, 1), // again
				counted("b", "ada", "EUR", "pot", 1, 2999, 2),
				counted("c", "bob", "EUR", "tea", 10, 400, 2),
				counted("d", "bob", "JPY", "tea", 1, 700, 2),
				counted("a", "ada", "EUR", "tea", 3, 450, 1), // another one under the same id
				counted("e", "cyd", "USD", "ship", 1, math.MaxInt64, 3),
				counted("f", "cyd", "USD", "boat", 1, 1, 4), // cyd's sum would overflow
				{Key: []byte("g"), Value: []byte("broken")},
			}
			servertest.Produce(t, flags.Topic, records...)
			processor.finish(t, int64(len(records)))
			processor.end(t)
			require.EqualValues(t, 5, processor.tally.persisted)
			require.EqualValues(t, 1, processor.tally.duplicates)
			classes := map[string]string{}
			for _, letter := range servertest.Records(t, flags.deadLetterTopic(), 3) {
				headers := headersOf(letter)
				require.Equal(t, "analytics", headers["handler_poisoned"])
				classes[headers["dlq_error_class"]] = headers["reason_poisoned"]
			}
			require.Len(t, classes, 3)
			require.Contains(t, classes["conflict"], `order_id "a" is taken by an order with other content`)
			require.Contains(t, classes["data"], `a sum of its user would exceed 64 bits (9223372036854775807): the order is not counted`)
			require.Contains(t, classes["decode"], "must be valid JSON")

			require.Equal(t, `{"group":"`+flags.Group+`","orders":5,"users":3,"items":3,`+
				`"revenue_by_currency":{"EUR":7899,"JPY":700,"USD":9223372036854775807},`+
				`"top_items":[{"sku":"tea","currency":"EUR","orders":2,"quantity":12,"revenue":4900},`+
				`{"sku":"tea","currency":"JPY","orders":1,"quantity":1,"revenue":700},`+
				`{"sku":"ship","currency":"USD","orders":1,"quantity":1,"revenue":9223372036854775807}],`+
				`"top_users":[{"user_id":"bob","currency":"EUR","orders":1,"quantity":10,"revenue":4000},`+
				`{"user_id":"bob","currency":"JPY","orders":1,"quantity":1,"revenue":700},`+
				`{"user_id":"cyd","currency":"USD","orders":1,"quantity":1,"revenue":9223372036854775807}],`+
				`"revenue_per_day":[{"day":"2026-11-01","currency":"EUR","orders":1,"revenue":900},`+
				`{"day":"2026-11-02","currency":"EUR","orders":2,"revenue":6999},{"day":"2026-11-02","currency":"JPY","orders":1,"revenue":700},`+
				`{"day":"2026-11-03","currency":"USD","orders":1,"revenue":9223372036854775807}]}`+"\n",
				commandOutput(t, "stats", "--database-url", database, "--group-id", flags.Group, "--top", "1", "--json"))
			forPeople := commandOutput(t, "stats", "--database-url", database, "--group-id", flags.Group)
			require.Contains(t, forPeople, "5 orders of 3 users, with 3 different items")
			require.Regexp(t, `pot +│ EUR +│ +1 │ +1 │ +29\.99 │`, forPeople)
			require.Regexp(t, `2026-11-02 │ JPY +│ +1 │ +700 │`, forPeople)
			require.Contains(t, forPeople, "92,233,720,368,547,758.07")
		})
	}
}

// commandOutput runs a command that must succeed and returns what it prints.
func commandOutput(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.Equal(t, exitOK, run(args, &stdout, &stderr), stderr.String())
	return stdout.String()
}

func TestStatsOfAGroupWithoutSums(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	processor := start(t, flags, database)
	processor.end(t)
	var stdout, stderr bytes.Buffer
	require.Equal(t, exitFailure, run([]string{"stats", "--database-url", database, "--group-id", flags.Group}, &stdout, &stderr))
	require.Contains(t, stderr.String(), "keeps no sums, it was run with --handler persist")
	require.Equal(t, exitUsage, run([]string{"stats", "--top", "0"}, &stdout, &stderr))
	require.Contains(t, stderr.String(), "--top: must be 1 to 1000000, is 0")
}

// A sku may hold anything; a terminal obeys none of it.
func TestIdentifiersAreLegible(t *testing.T) {
	t.Parallel()
	require.Equal(t, "85123A", legible("85123A"))
	require.Equal(t, "é ☕", legible("é ☕"))
	require.Equal(t, `"\x1b[2J"`, legible("\x1b[2J"))
	require.Len(t, legible(string(bytes.Repeat([]byte("x"), 1000))), 40)
}
