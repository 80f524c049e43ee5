package generator

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"orderflow/handlers"
)

// SyntheticConfig says which orders to make up.
type SyntheticConfig struct {
	// Count is how many; 0 means without end.
	Count int64
	// Users is how many users order, 1 to 10,000,000; 0 means 100. They are
	// user-1, user-2, ..
	Users int
	// Skew is the exponent s of Zipf's law, 0 to 10: user-k orders in proportion
	// to 1/k^s. 0 is uniform; at 1 and 100 users, user-1 makes 19% of all orders.
	Skew float64
	// HotKey is the share of orders that are HotUser's, 0 to 1, beside its share of
	// the others.
	HotKey float64
	// Seed repeats a run: the same seed gives the same orders, byte for byte but
	// for created_at. 0 means a random one.
	Seed uint64
	// Invalid is the share of orders with one defect, 0 to 1. The others stay as
	// they are without it.
	Invalid float64
	// Version is that of the orders, "" for version 1 without a header.
	Version handlers.SchemaVersion
	// Now is created_at, in milliseconds; nil means time.Now.
	Now func() time.Time
}

func (cfg *SyntheticConfig) setDefaults() {
	if cfg.Users == 0 {
		cfg.Users = 100
	}
	if cfg.Seed == 0 {
		cfg.Seed = RandomSeed()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
}

// validate names the setting that is out of range.
func (cfg *SyntheticConfig) validate() error {
	switch {
	case cfg.Count < 0:
		return fmt.Errorf("number of orders %d: must be 0 (without end) or more", cfg.Count)
	case cfg.Users < 1 || cfg.Users > 10_000_000:
		return fmt.Errorf("number of users %d: must be 1 to 10,000,000", cfg.Users)
	case math.IsNaN(cfg.Skew) || cfg.Skew < 0 || cfg.Skew > 10:
		return fmt.Errorf("skew %v: must be 0 (uniform) to 10", cfg.Skew)
	case math.IsNaN(cfg.HotKey) || cfg.HotKey < 0 || cfg.HotKey > 1:
		return fmt.Errorf("share of the hot key %v: must be 0 to 1", cfg.HotKey)
	case math.IsNaN(cfg.Invalid) || cfg.Invalid < 0 || cfg.Invalid > 1:
		return fmt.Errorf("share of invalid orders %v: must be 0 to 1", cfg.Invalid)
	default:
		return nil
	}
}

// RandomSeed returns a seed of 53 bits, not 0, so that a reader of a ledger or of
// results who knows numbers only as float64 reads the same seed.
func RandomSeed() uint64 {
	return 1 + rand.Uint64N(1<<53-1)
}
