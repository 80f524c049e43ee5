package verify

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers/orderstest"
)

func TestStampsTellNullFromEmpty(t *testing.T) {
	t.Parallel()
	h := newHasher()
	seen := map[uint64]bool{}
	for _, pair := range [][2][]byte{
		{nil, nil}, {nil, {}}, {{}, nil}, {{}, {}}, {[]byte("ab"), []byte("c")}, {[]byte("a"), []byte("bc")}, {[]byte("abc"), nil},
	} {
		seen[h.stamp(pair[0], pair[1])] = true
	}
	require.Len(t, seen, 7)
}

// The law: two fingerprints are the same when, and but for chance only when, the
// orders are; their halves for the id likewise.
func TestOrderLaw(t *testing.T) {
	t.Parallel()
	h := newHasher()
	rapid.Check(t, func(t *rapid.T) {
		a, b := orderstest.ValidOrder().Draw(t, "a"), orderstest.ValidOrder().Draw(t, "b")
		b.CreatedAt = b.CreatedAt.In(orderstest.Zone().Draw(t, "zone"))
		require.Equal(t, a.ID == b.ID, sameID(h.order(&a), h.order(&b)))
		b.ID, b.Currency, b.Amount, b.UserID = a.ID, a.Currency, a.Amount, a.UserID
		same := a.CreatedAt.Equal(b.CreatedAt) && len(a.Items) == len(b.Items)
		for i := 0; same && i < len(a.Items); i++ {
			same = a.Items[i] == b.Items[i]
		}
		require.Equal(t, same, h.order(&a) == h.order(&b))
		require.Equal(t, h.id(a.ID), h.order(&a)&idHalf)
	})
}
