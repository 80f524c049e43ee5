package handlers_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

const validTime = `"2026-11-23T15:04:05.123Z"`

func TestCreatedAtIsTheInstantInUTC(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]time.Time{
		`"1970-01-01T00:00:00Z"`:                time.Unix(0, 0).UTC(),
		`"1969-12-31T19:00:00-05:00"`:           time.Unix(0, 0).UTC(),
		`"2200-12-31T23:59:59.999999999Z"`:      time.Date(2200, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		`"2201-01-01T00:30:00+01:00"`:           time.Date(2200, 12, 31, 23, 30, 0, 0, time.UTC),
		`"2024-02-29T12:00:00.000000001+05:45"`: time.Date(2024, 2, 29, 6, 15, 0, 1, time.UTC),
		`"2026-11-23T15:04:05-00:00"`:           time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC),
		`"2026-11-23T15:04:05\u005a"`:           time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC),
		`"2026-11-23T15:04:05.1234567899Z"`:     time.Date(2026, 11, 23, 15, 4, 5, 123_456_789, time.UTC),
	} {
		t.Run(written, func(t *testing.T) {
			t.Parallel()
			order, err := handlers.Check([]byte(validKey), change(t, validTime, written))
			require.NoError(t, err)
			require.Equal(t, want, order.CreatedAt)
		})
	}
}

func TestCreatedAtOutsideTheYears(t *testing.T) {
	t.Parallel()
	judge(t, handlers.Validation, []edit{
		{"before 1970", validTime, `"1969-12-31T23:59:59.999999999Z"`,
			[]string{"created_at: must be in the years 1970 to 2200 in UTC, is 1969-12-31T23:59:59.999999999Z"}},
		{"before 1970 in UTC only", validTime, `"1970-01-01T00:30:00+01:00"`,
			[]string{"created_at: must be in the years 1970 to 2200 in UTC, is 1969-12-31T23:30:00Z"}},
		{"after 2200 in UTC only", validTime, `"2200-12-31T23:30:00-01:00"`,
			[]string{"created_at: must be in the years 1970 to 2200 in UTC, is 2201-01-01T00:30:00Z"}},
		{"the zero time", validTime, `"0001-01-01T00:00:00Z"`,
			[]string{"created_at: must be in the years 1970 to 2200 in UTC, is 0001-01-01T00:00:00Z"}},
	})
}

func TestCreatedAtMustBeRFC3339(t *testing.T) {
	t.Parallel()
	for _, written := range []string{
		``,
		`2026-11-23`,
		`2026-11-23T15:04:05`,
		`2026-11-23 15:04:05Z`,
		`2026-11-23t15:04:05z`,
		`2026-11-23T15:04:05,123Z`,
		`2026-11-23T15:04:05.Z`,
		`2026-11-23T5:04:05Z`,
		`2026-11-23T24:00:00Z`,
		`2026-11-23T15:04:60Z`,
		`2026-02-29T15:04:05Z`,
		`2026-13-01T15:04:05Z`,
		`2026-11-23T15:04:05+24:00`,
		`2026-11-23T15:04:05+01:60`,
		`2026-11-23T15:04:05+0100`,
		`2026-11-23T15:04:05 CET`,
		`+12026-11-23T15:04:05Z`,
		` 2026-11-23T15:04:05Z`,
		`2026-11-23T15:04:05Z `,
		`infinity`,
	} {
		t.Run(written, func(t *testing.T) {
			t.Parallel()
			class, violations := refused(t, []byte(validKey), change(t, validTime, `"`+written+`"`))
			require.Equal(t, []string{"created_at: must be a time of RFC 3339 with a zone, " +
				`such as 2026-11-23T15:04:05.123Z, is "` + written + `"`}, violations)
			require.Equal(t, handlers.Validation, class)
		})
	}
}

func TestCreatedAtMustBeAString(t *testing.T) {
	t.Parallel()
	judge(t, handlers.Decode, []edit{
		{"missing", `,"created_at":` + validTime, ``, []string{"created_at: must be a string, is missing"}},
		{"null", validTime, `null`, []string{"created_at: must be a string, is null"}},
		{"seconds since 1970", validTime, `1795446245`, []string{"created_at: must be a string, is a number"}},
	})
}
