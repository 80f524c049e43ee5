package postgres_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/infra/postgres"
)

func TestSchemaOfPlainGroupsIsTheirName(t *testing.T) {
	t.Parallel()
	for group, want := range map[string]string{
		"order-processor":         "order_processor",
		"analytics":               "analytics",
		"order":                   "order",
		"a":                       "a",
		"v2-of-7":                 "v2_of_7",
		"pg":                      "pg",
		"public-orders":           "public_orders",
		strings.Repeat("a", 63):   strings.Repeat("a", 63),
		strings.Repeat("a-", 31):  "", // ends with a hyphen
		strings.Repeat("a", 64):   "",
		"":                        "",
		"-":                       "",
		" ":                       "",
		"2-orders":                "",
		"Order-Processor":         "",
		"order_processor":         "",
		"order--processor":        "",
		"order-processor-":        "",
		"order.processor":         "",
		"Заказы":                  "",
		"bestellungen-für-köln":   "",
		"public":                  "",
		"information-schema":      "",
		"pg-x":                    "",
		`x"; DROP SCHEMA public;`: "",
		"a\x00b":                  "",
		"\xff":                    "",
		strings.Repeat("ab-", 99): "",
	} {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			if want == "" { // it is named by a hash
				require.Regexp(t, `^group_[a-z0-9_]*_[0-9a-f]{8}$`, postgres.Schema(group))
			} else {
				require.Equal(t, want, postgres.Schema(group))
			}
		})
	}
}

func TestSchemaTellsWhoseItIs(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `^group_order_processor_[0-9a-f]{8}$`, postgres.Schema("Order.Processor"))
	require.Regexp(t, `^group_orders_of_k_ln_[0-9a-f]{8}$`, postgres.Schema("orders-of-köln"))
}

// The law: the name can be used as it is, and no other group has it.
func TestSchemaLaw(t *testing.T) {
	t.Parallel()
	usable := regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	groups := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`[a-z0-9]{1,3}([-_.A-Z][a-z0-9]{1,3}){0,2}`),
		rapid.StringMatching(`(pg|public|information)[-_](schema|x)?`),
		rapid.StringMatching(`[a-c-]{60,70}`),
	)
	rapid.Check(t, func(t *rapid.T) {
		group, other := groups.Draw(t, "group"), groups.Draw(t, "other")
		schema := postgres.Schema(group)
		require.Regexp(t, usable, schema)
		require.False(t, strings.HasPrefix(schema, "pg_"))
		require.NotContains(t, []string{"public", "information_schema"}, schema)
		require.Equal(t, group == other, schema == postgres.Schema(other))
	})
}
