package bench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Series is how the contestants do with more and more processes, and with more and
// more orders that wait.
type Series struct {
	StartedAt  time.Time `json:"started_at"`
	Users      int       `json:"users"`
	Skew       float64   `json:"skew"`
	HotKey     float64   `json:"hot_key,omitempty"`
	Partitions int32     `json:"partitions"`
	Rounds     int       `json:"rounds"`
	// Processors and Backlog are by contestant.
	Processors map[string][]Point `json:"processors,omitempty"`
	Backlog    map[string][]Point `json:"backlog,omitempty"`
}

// Point is what a contestant came to with so many processes and orders: each figure
// the median of its turns, memory and CPU time those of all processes together.
type Point struct {
	Processors int   `json:"processors"`
	Orders     int64 `json:"orders"`
	Figure
}

// RunSeries measures config.Contestants with each of config.Processors, which share
// config.Orders, and one process with each of config.Backlog.
func RunSeries(ctx context.Context, config Config) (series Series, err error) {
	series = Series{
		StartedAt: time.Now(), Users: config.Users, Skew: config.Skew, HotKey: config.HotKey, Partitions: config.Partitions, Rounds: config.Rounds,
		Processors: map[string][]Point{}, Backlog: map[string][]Point{},
	}
	err = connected(ctx, config, func(r *run) error {
		var shared []Point
		for _, processors := range config.Processors {
			shared = append(shared, Point{Processors: processors, Orders: config.Orders})
		}
		if err := r.series(ctx, shared, true, series.Processors); err != nil {
			return err
		}
		for _, orders := range config.Backlog {
			if err := r.series(ctx, []Point{{Processors: 1, Orders: orders}}, false, series.Backlog); err != nil {
				return err
			}
		}
		return nil
	})
	return series, err
}

// series measures the points, whose orders are the same, by turns in each round. The
// processes of a group begin together, or as soon as they have joined.
func (r *run) series(ctx context.Context, points []Point, together bool, found map[string][]Point) (err error) {
	if len(points) == 0 {
		return nil
	}
	orders := points[0].Orders
	topic := fmt.Sprintf("%s-%d", r.id, orders)
	defer func() { err = errors.Join(err, r.deleteTopic(ctx, topic)) }()
	if err := r.preload(ctx, topic, orders); err != nil {
		return err
	}
	turns := map[string][][]Turn{} // by contestant, then by point
	for round := range r.Rounds {
		for _, name := range r.turns(round) {
			if turns[name] == nil {
				turns[name] = make([][]Turn, len(points))
			}
			for n := range points {
				i := (n + round) % len(points)
				turn, err := r.point(ctx, round+1, contestantOf(name), topic, points[i], together)
				if err != nil {
					return fmt.Errorf("round %d: %w", round+1, err)
				}
				turns[name][i] = append(turns[name][i], turn)
			}
		}
	}
	for name := range turns {
		for i, point := range points {
			point.Figure = figureOf(turns[name][i])
			found[name] = append(found[name], point)
		}
	}
	return nil
}

// point measures one point once.
func (r *run) point(ctx context.Context, round int, c Contestant, topic string, p Point, together bool) (turn Turn, err error) {
	turn = Turn{Round: round, Contestant: c.Name, Of: fmt.Sprintf("%d orders, %d processes", p.Orders, p.Processors)}
	turn.Throughput, err = r.throughput(ctx, job{
		Contestant: c, round: round, purpose: fmt.Sprintf("%d-orders-%d-processes", p.Orders, p.Processors),
		topic: topic, orders: c.orders(p.Orders), processors: p.Processors, together: together,
	})
	if err == nil {
		r.Progress(Progress{Finished: &turn})
	}
	return turn, err
}
