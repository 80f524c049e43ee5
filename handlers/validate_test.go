package handlers_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

func TestUnknownFieldsAreIgnored(t *testing.T) {
	t.Parallel()
	judge(t, handlers.Decode, []edit{
		{"in the order", `{"order_id"`, `{"note":{"a":[1.5e3,null,"x"]},"order_id"`, nil},
		{"in an item", `{"sku"`, `{"colour":"red","sku"`, nil},
		{"in the wrong case beside the right one", `{"order_id"`, `{"ORDER_ID":1,"order_id"`, nil},
		{"a name written with an escape is the same name", `"order_id"`, `"order\u005fid"`, nil},
	})
}

func TestNamesMatchInTheirOwnCaseOnly(t *testing.T) {
	t.Parallel()
	judge(t, handlers.Decode, []edit{
		{"order_id", `"order_id"`, `"ORDER_ID"`, []string{"order_id: must be a string, is missing"}},
		{"amount", `"amount"`, `"Amount"`, []string{"amount: must be a number, is missing"}},
		{"sku", `"sku"`, `"SKU"`, []string{"items[0].sku: must be a string, is missing"}},
	})
}

func TestTheKeyMustBeTheUserID(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key   []byte
		value string
		class handlers.Class
		want  []string
	}{
		"no key": {nil, validOrder, handlers.Validation,
			[]string{"key: must be the user_id, the record has none"}},
		"an empty key": {[]byte{}, validOrder, handlers.Validation,
			[]string{`key: must be the user_id "user-17", is ""`}},
		"another key": {[]byte("USER-17"), validOrder, handlers.Validation,
			[]string{`key: must be the user_id "user-17", is "USER-17"`}},
		"a key that is no text": {[]byte("user-17\xff\x00"), validOrder, handlers.Validation,
			[]string{`key: must be the user_id "user-17", is "user-17\xff\x00"`}},
		"a user_id that cannot be compared": {[]byte("a"), `[]`, handlers.Decode,
			[]string{"value: must be an object, is an array"}},
		"no key and no order": {nil, ``, handlers.Decode,
			[]string{"value: must be an order, is empty", "key: must be the user_id, the record has none"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			class, violations := refused(t, test.key, []byte(test.value))
			require.Equal(t, test.want, violations)
			require.Equal(t, test.class, class)
		})
	}
}
