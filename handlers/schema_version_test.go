package handlers_test

import (
	"strings"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

func withChannel(channel string) []byte {
	return []byte(strings.Replace(validOrder, `"currency"`, `"channel":`+channel+`,"currency"`, 1))
}

func TestChannelByVersion(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		version handlers.SchemaVersion
		value   []byte
		class   handlers.Class // empty if it is valid
		want    string         // the channel, or the error
	}{
		"web":                          {"2", withChannel(`"web"`), "", "web"},
		"app":                          {"2", withChannel(`"app"`), "", "app"},
		"store":                        {"2", withChannel(`"store"`), "", "store"},
		"another one":                  {"2", withChannel(`"fax"`), handlers.Validation, `channel: must be web, app or store, is "fax"`},
		"in capitals":                  {"2", withChannel(`"Web"`), handlers.Validation, `channel: must be web, app or store, is "Web"`},
		"empty":                        {"2", withChannel(`""`), handlers.Validation, `channel: must be web, app or store, is ""`},
		"with NUL":                     {"2", withChannel(`"web\u0000"`), handlers.Validation, `channel: must be web, app or store, is "web\x00"; channel: must not contain NUL (\u0000)`},
		"a number":                     {"2", withChannel(`2`), handlers.Decode, "channel: must be a string, is a number"},
		"null":                         {"2", withChannel(`null`), handlers.Decode, "channel: must be a string, is null"},
		"missing":                      {"2", []byte(validOrder), handlers.Decode, "channel: must be a string, is missing"},
		"not known to version 1":       {"1", withChannel(`"web"`), "", ""},
		"something else in version 1":  {"1", withChannel(`[{"a":17}]`), "", ""},
		"none in version 1":            {"1", []byte(validOrder), "", ""},
		"version 3":                    {"3", withChannel(`"web"`), handlers.Version, `schema_version: must be 1 or 2, is "3": this program does not know it, a newer one may`},
		"version 3, whatever it holds": {"3", []byte("\x00"), handlers.Version, `schema_version: must be 1 or 2, is "3": this program does not know it, a newer one may`},
		"an empty version":             {"", []byte(validOrder), handlers.Version, `schema_version: must be 1 or 2, is "": this program does not know it, a newer one may`},
		"not exactly a version":        {"02", []byte(validOrder), handlers.Version, `schema_version: must be 1 or 2, is "02": this program does not know it, a newer one may`},
		"no text":                      {"\xff\n", []byte(validOrder), handlers.Version, `schema_version: must be 1 or 2, is "\xff\n": this program does not know it, a newer one may`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			order, err := handlers.CheckVersion(test.version, []byte(validKey), test.value)
			if test.class != "" {
				require.EqualError(t, err, test.want)
				require.Equal(t, test.class, handlers.ClassOf(err))
				require.True(t, test.class.Permanent())
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, order.Channel)
		})
	}
}

func TestVersionIsThatOfTheHeader(t *testing.T) {
	t.Parallel()
	msg := message.NewMessage("1", nil)
	require.Equal(t, handlers.Version1, handlers.VersionOf(msg))
	for _, version := range []string{"1", "2", "3", ""} {
		msg.Metadata.Set(handlers.SchemaVersionHeader, version)
		require.EqualValues(t, version, handlers.VersionOf(msg))
	}
}
