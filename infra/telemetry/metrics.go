package telemetry

import (
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

const namespace = "orderflow"

// Metrics are the program's own metrics beside Watermill's and the Go runtime's.
type Metrics struct {
	Registry *prometheus.Registry
	// Orders counts what became of the orders, by outcome: inserted, duplicate,
	// dead_letter, given_up.
	Orders *prometheus.CounterVec
	// DeadLetters counts dead letters by class of error.
	DeadLetters *prometheus.CounterVec
	// Latency is the time from the record's timestamp to its row's commit, in seconds.
	Latency prometheus.Histogram
	// Outage is 1 while the database cannot be used.
	Outage prometheus.Gauge
	// OutOfRange counts how often a partition did not hold the offset to read from,
	// and Missed the records that were deleted unread.
	OutOfRange, Missed prometheus.Counter

	handling *handling
}

// NewMetrics returns metrics in a registry of their own.
func NewMetrics() *Metrics {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	handling := newHandling()
	registry.MustRegister(handling.seconds)
	factory := promauto.With(registry)
	return &Metrics{
		Registry: registry,
		handling: handling,
		Orders: factory.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "orders_total",
			Help: "Orders finished, by outcome: inserted, duplicate, dead_letter, given_up.",
		}, []string{"outcome"}),
		DeadLetters: factory.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "dead_letters_total",
			Help: "Dead letters published, by class of error.",
		}, []string{"error_class"}),
		Latency: factory.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "order_latency_seconds",
			Help:    "Time from the record's timestamp to the commit of its row.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 18),
		}),
		Outage: factory.NewGauge(prometheus.GaugeOpts{
			Namespace: namespace, Name: "outage",
			Help: "1 while the database cannot be used and messages are held back.",
		}),
		OutOfRange: factory.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "offsets_out_of_range_total",
			Help: "How often a partition did not hold the offset to read from.",
		}),
		Missed: factory.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "missed_records_total",
			Help: "Records that were deleted before they were read, such as by the topic's retention.",
		}),
	}
}

// Middleware times the handling of messages.
func (m *Metrics) Middleware() message.HandlerMiddleware { return m.handling.middleware }
