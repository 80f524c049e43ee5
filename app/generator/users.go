package generator

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// users draws who orders.
type users struct {
	count int
	// hot is the share of orders that are user-1's, beside its share of the others.
	hot float64
	// upTo[k] is the share of orders by the users up to number k+1; nil if all
	// order alike.
	upTo []float64
}

// HotUser is the user of a hot key.
const HotUser = "user-1"

// newUsers gives user k a share in proportion to 1/k^skew, by Zipf's law.
// rand.Zipf knows only exponents above 1, and ours are mostly below.
func newUsers(count int, skew float64) users {
	if skew == 0 {
		return users{count: count}
	}
	upTo, sum := make([]float64, count), 0.0
	for k := range upTo {
		sum += math.Pow(float64(k+1), -skew)
		upTo[k] = sum
	}
	for k := range upTo {
		upTo[k] /= sum
	}
	return users{count: count, upTo: upTo}
}

// pick returns the id of a user, in a slice of its own.
func (u users) pick(random *rand.Rand) []byte {
	if u.hot > 0 && random.Float64() < u.hot {
		return []byte(HotUser)
	}
	var k int
	if u.upTo == nil {
		k = random.IntN(u.count)
	} else {
		k, _ = slices.BinarySearch(u.upTo, random.Float64())
	}
	return strconv.AppendInt([]byte("user-"), int64(k+1), 10)
}
