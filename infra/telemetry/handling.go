package telemetry

import (
	"strconv"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/prometheus/client_golang/prometheus"
)

// handling times the handling of messages under the name and with the labels and
// buckets of Watermill's own metrics component, so that its dashboards fit. That one
// looks the series up anew for each message, which costs as much as the layers
// beneath it; this remembers them.
type handling struct {
	seconds *prometheus.HistogramVec
	series  sync.Map // from the name of a handler to its outcomes
}

// outcomes are the series of a handler.
type outcomes struct{ succeeded, failed prometheus.Observer }

func newHandling() *handling {
	return &handling{seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "handler_execution_time_seconds",
		Help:    "Time that handling a message took, all attempts included.",
		Buckets: []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1},
	}, []string{"handler_name", "success"})}
}

// middleware is the layer.
func (h *handling) middleware(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		began := time.Now()
		series := h.of(message.HandlerNameFromCtx(msg.Context()))
		produced, err := next(msg)
		observer := series.succeeded
		if err != nil {
			observer = series.failed
		}
		observer.Observe(time.Since(began).Seconds())
		return produced, err
	}
}

func (h *handling) of(handler string) outcomes {
	if known, ok := h.series.Load(handler); ok {
		return known.(outcomes) //nolint:forcetypeassert // it holds nothing else
	}
	series := outcomes{
		succeeded: h.seconds.WithLabelValues(handler, strconv.FormatBool(true)),
		failed:    h.seconds.WithLabelValues(handler, strconv.FormatBool(false)),
	}
	h.series.Store(handler, series)
	return series
}
