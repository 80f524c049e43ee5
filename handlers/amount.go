package handlers

import (
	"math"
	"math/bits"
)

// checkAmount returns the amount. It is compared with the items only if all of
// them are valid: otherwise nobody knows their sum.
func checkAmount(r *report, field integer, list []Item, listValid bool) int64 {
	at := inOrder("amount")
	amount, ok := checkInteger(r, at, field)
	if ok && amount <= 0 {
		r.addf(Validation, at, "must be greater than 0, is %d", amount)
	}
	if !listValid {
		return amount
	}
	switch sum, fits := total(list); {
	case !fits:
		r.addf(Validation, at, "must be the sum of quantity x unit_price, which overflows 64 bits")
	case ok && amount != sum:
		r.addf(Validation, at, "must be the sum of quantity x unit_price, %d, is %d", sum, amount)
	}
	return amount
}

// total adds up quantity x unit price of valid items; fits is false if int64
// cannot hold it.
func total(list []Item) (sum int64, fits bool) {
	for i := range list {
		over, product := bits.Mul64(uint64(list[i].Quantity), uint64(list[i].UnitPrice)) // neither is negative
		if over > 0 || product > uint64(math.MaxInt64-sum) {
			return 0, false
		}
		sum += int64(product)
	}
	return sum, true
}
