package telemetry

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Outbox are the metrics of events on their way out of the database.
type Outbox struct {
	// Published and SetAside count the events that the broker has taken, and those it
	// refuses for good, by topic.
	Published, SetAside *prometheus.CounterVec
}

// OutboxLag is how far the relay is behind: how many events wait, how many are set
// aside, and for how long the first that waits has done so.
type OutboxLag struct {
	Events, SetAside int64
	Oldest           time.Duration
}

// lagTimeout bounds the query of one scrape.
const lagTimeout = 2 * time.Second

// NewOutbox registers the metrics of an outbox. read is asked at each scrape; when it
// fails, the lag is absent.
func (m *Metrics) NewOutbox(read func(context.Context) (OutboxLag, error), logger *slog.Logger) *Outbox {
	m.Registry.MustRegister(outboxLag{read: read, logger: logger})
	factory := promauto.With(m.Registry)
	return &Outbox{
		Published: factory.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "outbox_published_total",
			Help: "Events of the outbox that the broker has taken, by topic.",
		}, []string{"topic"}),
		SetAside: factory.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "outbox_set_aside_total",
			Help: "Events of the outbox that the broker refuses for good, by topic.",
		}, []string{"topic"}),
	}
}

var (
	waitingEvents = prometheus.NewDesc(namespace+"_outbox_events", "Events of the group that wait in the outbox.", nil, nil)
	refusedEvents = prometheus.NewDesc(namespace+"_outbox_refused_events", "Events of the group in the table outbox_refused.", nil, nil)
	lagSeconds    = prometheus.NewDesc(namespace+"_outbox_lag_seconds", "How long the first event in the outbox has been waiting, 0 if there is none.", nil, nil)
)

// outboxLag is a prometheus.Collector that reads the lag when it is asked.
type outboxLag struct {
	read   func(context.Context) (OutboxLag, error)
	logger *slog.Logger
}

func (l outboxLag) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- waitingEvents
	descriptions <- refusedEvents
	descriptions <- lagSeconds
}

func (l outboxLag) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), lagTimeout)
	defer cancel()
	lag, err := l.read(ctx)
	if err != nil {
		l.logger.Warn("the lag of the outbox is missing in this scrape", slog.Any("error", err))
		return
	}
	gauge := func(description *prometheus.Desc, value float64) {
		metrics <- prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value)
	}
	gauge(waitingEvents, float64(lag.Events))
	gauge(refusedEvents, float64(lag.SetAside))
	gauge(lagSeconds, lag.Oldest.Seconds())
}
