package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"orderflow/infra/postgres"
)

// statsCommand is `stats`.
type statsCommand struct {
	databaseFlags

	Group string `name:"group-id" env:"GROUP_ID" default:"order-analytics" group:"group" help:"Consumer group whose sums are shown: one that runs with --handler analytics." placeholder:"ID"`
	Top   int    `default:"10" group:"output" help:"How many items and users to show, those with the most revenue in each currency." placeholder:"N"`
	JSON  bool   `name:"json" group:"output" help:"Print the sums as one JSON object, in minor units."`
}

// Validate is called by kong.
func (c *statsCommand) Validate() error {
	if c.Top < 1 || c.Top > 1_000_000 {
		return fmt.Errorf("--top: must be 1 to 1000000, is %d", c.Top)
	}
	return nil
}

// Run is called by kong.
func (c *statsCommand) Run(s surroundings) (err error) {
	database, err := c.databaseFlags.config()
	if err != nil {
		return err
	}
	snapshot, err := postgres.OpenSnapshot(s.ctx, database, c.Group)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, snapshot.Close()) }()
	stats, err := snapshot.Stats(s.ctx, c.Top)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.stdout).Encode(encodableStats(c.Group, stats))
	}
	return showStats(s.stdout, stats)
}

// statsJSON is postgres.Stats as it is printed. Revenues are in minor units.
type statsJSON struct {
	Group             string              `json:"group"`
	Orders            int64               `json:"orders"`
	Users             int64               `json:"users"`
	Items             int64               `json:"items"`
	RevenueByCurrency map[string]*big.Int `json:"revenue_by_currency"`
	TopItems          []itemJSON          `json:"top_items"`
	TopUsers          []userJSON          `json:"top_users"`
	RevenuePerDay     []dayJSON           `json:"revenue_per_day"`
}

type itemJSON struct {
	SKU string `json:"sku"`
	sumsJSON
}

type userJSON struct {
	UserID string `json:"user_id"`
	sumsJSON
}

type sumsJSON struct {
	Currency string `json:"currency"`
	Orders   int64  `json:"orders"`
	Quantity int64  `json:"quantity"`
	Revenue  int64  `json:"revenue"`
}

type dayJSON struct {
	Day      string   `json:"day"`
	Currency string   `json:"currency"`
	Orders   int64    `json:"orders"`
	Revenue  *big.Int `json:"revenue"`
}

func encodableStats(group string, stats postgres.Stats) statsJSON {
	encodable := statsJSON{
		Group: group, Orders: stats.Orders, Users: stats.Users, Items: stats.Items,
		RevenueByCurrency: map[string]*big.Int{},
		TopItems:          []itemJSON{}, TopUsers: []userJSON{}, RevenuePerDay: []dayJSON{}, // never null
	}
	for _, revenue := range stats.Revenue {
		encodable.RevenueByCurrency[revenue.Currency] = revenue.Revenue
	}
	for _, item := range stats.TopItems {
		encodable.TopItems = append(encodable.TopItems, itemJSON{item.Of, sumsOf(item)})
	}
	for _, user := range stats.TopUsers {
		encodable.TopUsers = append(encodable.TopUsers, userJSON{user.Of, sumsOf(user)})
	}
	for _, day := range stats.Days {
		encodable.RevenuePerDay = append(encodable.RevenuePerDay, dayJSON(day))
	}
	return encodable
}

func sumsOf(rank postgres.Rank) sumsJSON {
	return sumsJSON{Currency: rank.Currency, Orders: rank.Orders, Quantity: rank.Quantity, Revenue: rank.Revenue}
}
