package telemetry_test

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/infra/telemetry"
)

// serve runs the server until the test ends and returns its URL.
func serve(t *testing.T, m *telemetry.Metrics, readiness *telemetry.Readiness) string {
	t.Helper()
	bound, stop, err := telemetry.Serve(t.Context(), "127.0.0.1:0", m, readiness, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(stop)
	return "http://" + bound
}

// get returns the status and the body. It leaves no connection behind.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func TestMetricsAreServed(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics()
	m.Orders.WithLabelValues("inserted").Add(137)
	m.DeadLetters.WithLabelValues("validation").Add(30)
	m.Latency.Observe(0.0015)
	m.Outage.Set(1)
	_, err := m.Middleware()(func(*message.Message) ([]*message.Message, error) { return nil, nil })(message.NewMessage("uuid", nil))
	require.NoError(t, err)

	status, body := get(t, serve(t, m, telemetry.NewReadiness())+"/metrics")
	require.Equal(t, http.StatusOK, status)
	for _, line := range []string{
		`orderflow_orders_total{outcome="inserted"} 137`,
		`orderflow_dead_letters_total{error_class="validation"} 30`,
		`orderflow_order_latency_seconds_bucket{le="0.001"} 0`,
		`orderflow_order_latency_seconds_bucket{le="0.002"} 1`,
		`orderflow_order_latency_seconds_count 1`,
		`orderflow_outage 1`,
		`orderflow_handler_execution_time_seconds_count{handler_name="",success="true"} 1`,
		`go_goroutines `,
		`process_cpu_seconds_total `,
	} {
		require.Contains(t, body, "\n"+line, "line %q", line)
	}
}

func TestReadinessTellsWhyNot(t *testing.T) {
	t.Parallel()
	readiness := telemetry.NewReadiness("partitions", "database")
	url := serve(t, telemetry.NewMetrics(), readiness)
	ready := func(wantStatus int, wantBody string) {
		t.Helper()
		status, body := get(t, url+"/readyz")
		require.Equal(t, wantStatus, status)
		require.Equal(t, wantBody+"\n", body)
	}
	ready(http.StatusServiceUnavailable, "database: starting\npartitions: starting")
	readiness.Set("database", nil)
	ready(http.StatusServiceUnavailable, "partitions: starting")
	readiness.Set("partitions", nil)
	ready(http.StatusOK, "ready")
	readiness.Set("database", errors.New("connection refused"))
	ready(http.StatusServiceUnavailable, "database: connection refused")
	readiness.Set("partitions", nil)
	ready(http.StatusServiceUnavailable, "database: connection refused")
	readiness.Set("database", nil)
	ready(http.StatusOK, "ready")
}

func TestHealthDoesNotDependOnReadiness(t *testing.T) {
	t.Parallel()
	url := serve(t, telemetry.NewMetrics(), telemetry.NewReadiness("database"))
	status, body := get(t, url+"/healthz")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "alive\n", body)
	status, _ = get(t, url+"/elsewhere")
	require.Equal(t, http.StatusNotFound, status)
}

func TestAddressInUseIsNamed(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	address := taken.Addr().String()
	_, _, err = telemetry.Serve(t.Context(), address, telemetry.NewMetrics(), telemetry.NewReadiness(), slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, address)
	require.ErrorContains(t, err, "choose another --http-addr")
}

func TestStoppedServerGivesItsAddressBack(t *testing.T) {
	t.Parallel()
	var logged strings.Builder
	bound, stop, err := telemetry.Serve(t.Context(), "127.0.0.1:0", telemetry.NewMetrics(), telemetry.NewReadiness(), telemetry.NewLogger(&logged, slog.LevelDebug, false))
	require.NoError(t, err)
	status, _ := get(t, "http://"+bound+"/healthz")
	require.Equal(t, http.StatusOK, status)
	stop()
	stop() // again does nothing
	again, err := net.Listen("tcp", bound)
	require.NoError(t, err)
	require.NoError(t, again.Close())
	require.Empty(t, logged.String())
}
