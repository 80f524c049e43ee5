package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Serve answers /metrics (Prometheus), /healthz (the process lives) and /readyz
// on address. It returns once it listens, with the address it got and what stops
// it and waits for it. ctx bounds the start only: what is asked while the program
// stops is answered, too.
func Serve(ctx context.Context, address string, m *Metrics, readiness *Readiness, logger *slog.Logger) (bound string, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return "", nil, fmt.Errorf("listen for HTTP on %s: %w; choose another --http-addr", address, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprintln(w, "alive") })
	mux.Handle("GET /readyz", readiness)

	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			logger.Error("the HTTP server for metrics and health has ended", slog.Any("error", err))
		}
	}()
	return listener.Addr().String(), func() {
		_ = server.Close() // its listener is all there is to close
		<-served
	}, nil
}
