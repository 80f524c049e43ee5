package generator

import (
	"strconv"
	"strings"
)

// minorUnits returns 100 times a decimal number such as 1.255, -11062.06 or
// 1e-3, rounded half to even: 1.255 is 126, 1.245 is 124. It works on the digits,
// since 1.255 as a float64 is a little less than that. ok is false if text is no
// such number or the result does not fit.
func minorUnits(text string) (n int64, ok bool) {
	unsigned, negative := strings.CutPrefix(text, "-")
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(unsigned), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	shift := 2 - len(fraction) // by how many places the point moves to the right of the last digit
	if hasExponent {
		e, err := strconv.ParseInt(exponent, 10, 16)
		if err != nil {
			return 0, false
		}
		shift += int(e)
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return 0, true
	}
	if len(digits)+shift > 19 {
		return 0, false // more digits than math.MaxInt64
	}

	rest := ""
	if shift >= 0 {
		digits += strings.Repeat("0", shift)
	} else if point := len(digits) + shift; point >= 0 {
		digits, rest = digits[:point], digits[point:]
	} else {
		digits, rest = "", "0" // less than a tenth of a unit
	}
	if n, ok = round(digits, rest); negative {
		n = -n
	}
	return n, ok
}

// round returns the number of the digits before the point, rounded half to even
// by those after it.
func round(digits, rest string) (n int64, ok bool) {
	if digits != "" {
		var err error
		if n, err = strconv.ParseInt(digits, 10, 64); err != nil {
			return 0, false
		}
	}
	half, exact := rest != "" && rest[0] >= '5', strings.Trim(rest[min(1, len(rest)):], "0") == ""
	up := half && (rest[0] > '5' || !exact || n%2 == 1)
	if up {
		n++
	}
	return n, n >= 0
}
