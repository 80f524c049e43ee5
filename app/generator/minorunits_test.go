package generator

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestMinorUnits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "0.00": 0, "-0.0": 0, "7": 700, "1.25": 125, "5.": 500, ".5": 50, "007.50": 750,
		"0.001": 0, "0.005": 0, "0.0051": 1, "0.015": 2, "1.245": 124, "1.255": 126, "-1.255": -126, "-1.245": -124,
		"0.994": 99, "0.995": 100, "-11062.06": -1106206, "1e-3": 0, "1.5E+2": 15000, "125e-2": 125, "0e9999": 0,
		"1e-9999": 0, "92233720368547758.07": math.MaxInt64, "92233720368547758.074": math.MaxInt64,
	} {
		got, ok := minorUnits(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "-", ".", "e5", "1e", "1e1.5", "--1", "+1", "1,50", "1 000", "£1", "NaN", "Inf", "0x10", "1_000", "1.2.3",
		"92233720368547758.08", "92233720368547758.075", "1e30", "1e99999", "1e9999999999",
	} {
		_, ok := minorUnits(text)
		require.False(t, ok, text)
	}
}

// The law: 100 times the number, to the nearest integer, and to the even one of
// two that are as near.
func TestMinorUnitsAreRoundedHalfToEven(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{1,9}(\.[05]{0,3}[0-9]{0,3})?(e-?[0-4])?`).Draw(t, "text")
		got, ok := minorUnits(text)
		require.True(t, ok)

		exact, ok := new(big.Rat).SetString(text)
		require.True(t, ok)
		exact.Mul(exact, big.NewRat(100, 1))
		distance := new(big.Rat).Sub(exact, big.NewRat(got, 1))
		switch distance.Abs(distance).Cmp(big.NewRat(1, 2)) {
		case 0:
			require.Zero(t, got%2, "%s became %d", text, got)
		case 1:
			t.Fatalf("%s became %d", text, got)
		}
	})
}
