package generator

import (
	"io"
	"math/rand/v2"
	"strconv"
	"time"

	"orderflow/handlers"
)

// Synthetic is a Source of made-up orders of 200 to 400 bytes with one to three
// items. Order n depends on the seed and n alone.
type Synthetic struct {
	cfg      SyntheticConfig
	products []product
	users    users
	defects  []defect // that an order of this version can have

	n      int64
	runID  uint64 // the upper half of every order id
	pcg    *rand.PCG
	random *rand.Rand // draws from pcg

	document document // buffers for the order in work
	stamped  int64    // the time of its created_at, in Unix milliseconds
}

// NewSynthetic returns a source of synthetic orders. The error names the setting
// that is out of range.
func NewSynthetic(cfg SyntheticConfig) (*Synthetic, error) {
	cfg.setDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	pcg := rand.NewPCG(cfg.Seed, 0) // the orders use 1 and above
	users := newUsers(cfg.Users, cfg.Skew)
	users.hot = cfg.HotKey
	return &Synthetic{
		cfg:      cfg,
		products: newCatalogue(cfg.Seed),
		users:    users,
		defects:  defectsOf(cfg.Version),
		runID:    pcg.Uint64(),
		pcg:      pcg,
		random:   rand.New(pcg),
	}, nil
}

// Seed returns the seed that repeats this run.
func (s *Synthetic) Seed() uint64 { return s.cfg.Seed }

// Total returns the number of orders, -1 if there is no end.
func (s *Synthetic) Total() int64 {
	if s.cfg.Count == 0 {
		return -1
	}
	return s.cfg.Count
}

// Close does nothing.
func (s *Synthetic) Close() error { return nil }

// Next returns the next order.
func (s *Synthetic) Next() (Event, error) {
	if s.cfg.Count > 0 && s.n == s.cfg.Count {
		return Event{}, io.EOF
	}
	s.n++
	s.pcg.Seed(s.cfg.Seed, uint64(s.n))

	d := &s.document
	d.orderID = orderID(s.runID, uint64(s.n))
	d.userID = s.users.pick(s.random)
	d.currency = pickCurrency(s.random)
	amount := s.fillItems()
	d.amount = strconv.AppendInt(d.amount[:0], amount, 10)
	s.stamp(s.cfg.Now())

	if s.cfg.Version == handlers.Version2 {
		d.channel = pickChannel(s.random)
	}

	event := Event{OrderID: d.orderID, Key: d.userID, Value: d.appendTo(make([]byte, 0, 432)), Version: s.cfg.Version}
	if s.random.Float64() < s.cfg.Invalid {
		s.defects[s.random.IntN(len(s.defects))].plant(&event)
	}
	return event, nil
}

// stamp sets created_at, which is that of many orders: it is written anew once a
// millisecond.
func (s *Synthetic) stamp(now time.Time) {
	if ms := now.UnixMilli(); ms != s.stamped || s.document.createdAt == nil {
		s.stamped = ms
		s.document.createdAt = now.UTC().AppendFormat(s.document.createdAt[:0], `"2006-01-02T15:04:05.000Z"`)
	}
}

// fillItems puts one to three items into the document and returns their sum.
func (s *Synthetic) fillItems() (amount int64) {
	items := s.document.items[:0]
	for n := 1; ; n++ {
		chosen := &s.products[s.random.IntN(len(s.products))]
		quantity := 1 + s.random.Int64N(5)
		items = append(items, chosen.upToQuantity...)
		items = strconv.AppendInt(items, quantity, 10)
		items = append(items, chosen.fromPrice...)
		amount += quantity * chosen.price
		if n == 3 || s.random.IntN(4) > 0 {
			break
		}
		items = append(items, ',')
	}
	s.document.items = items
	return amount
}

func pickChannel(random *rand.Rand) string {
	channels := [...]string{"web", "app", "store"}
	return channels[random.IntN(len(channels))]
}

// pickCurrency returns EUR nine times of ten.
func pickCurrency(random *rand.Rand) string {
	others := [...]string{"USD", "GBP", "CHF", "PLN", "SEK"}
	if random.IntN(10) > 0 {
		return "EUR"
	}
	return others[random.IntN(len(others))]
}
