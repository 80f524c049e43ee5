package handlers

import (
	"fmt"
	"math"
	"time"
)

// Sums are what a set of orders comes to, by minute, by user and by item, each in
// one currency: revenues in different currencies cannot be added. NewSums makes
// them. They are for one goroutine.
type Sums struct {
	ByMinute, ByUser, ByItem map[SumKey]Sum

	added int // orders
}

// SumKey says what a sum is of.
type SumKey struct {
	// Of is a user_id or a sku, empty for a minute.
	Of string
	// Minute is the minute of created_at, in minutes since 1970 in UTC, 0 for a user
	// or an item.
	Minute   int64
	Currency string
}

// Sum is what orders come to. None of its numbers is negative.
type Sum struct {
	Orders   int64 // those that have something of the key, each counted once
	Quantity int64
	Revenue  int64 // in the currency's minor unit

	last int // number of the order that was counted last
}

// NewSums returns the sums of no orders.
func NewSums() *Sums {
	return &Sums{ByMinute: map[SumKey]Sum{}, ByUser: map[SumKey]Sum{}, ByItem: map[SumKey]Sum{}}
}

// Add adds an order that Check has found valid. It fails as SumOverflow says; the
// sums then mean nothing any more. One valid order alone never fails.
func (s *Sums) Add(order *Order) error {
	s.added++
	var quantity int64 // of at most 1000 items with at most a million each
	for i := range order.Items {
		item := &order.Items[i]
		quantity += item.Quantity
		// The product does not overflow: it is a part of the amount.
		part := Sum{Quantity: item.Quantity, Revenue: item.Quantity * item.UnitPrice}
		if err := s.add("item", s.ByItem, SumKey{Of: item.SKU, Currency: order.Currency}, part); err != nil {
			return err
		}
	}
	all := Sum{Quantity: quantity, Revenue: order.Amount}
	if err := s.add("user", s.ByUser, SumKey{Of: order.UserID, Currency: order.Currency}, all); err != nil {
		return err
	}
	minute := order.CreatedAt.Unix() / int64(time.Minute/time.Second) // no year before 1970 is valid
	return s.add("minute", s.ByMinute, SumKey{Minute: minute, Currency: order.Currency}, all)
}

func (s *Sums) add(by string, sums map[SumKey]Sum, key SumKey, part Sum) error {
	sum := sums[key]
	if part.Revenue > math.MaxInt64-sum.Revenue || part.Quantity > math.MaxInt64-sum.Quantity {
		return SumOverflow(by)
	}
	sum.Revenue += part.Revenue
	sum.Quantity += part.Quantity
	if sum.last != s.added {
		sum.last = s.added
		sum.Orders++
	}
	sums[key] = sum
	return nil
}

// SumOverflow is the error of class Data for an order that would bring a sum, by
// minute, user or item, over 64 bits. It must not be counted at all: sums that
// leave a part of an order out are wrong.
func SumOverflow(by string) error {
	return Fail(Data, fmt.Errorf("a sum of its %s would exceed 64 bits (%d): the order is not counted", by, int64(math.MaxInt64)))
}
