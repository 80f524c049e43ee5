package embedded

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMeter(t *testing.T) { //nolint:tparallel // they share what get returns to
	t.Parallel()
	archive := strings.Repeat("x", 100_000)
	server := httptest.NewServer(http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if strings.HasPrefix(request.URL.Path, "/short") {
			response.Header().Set("Content-Length", "200000")
		}
		_, _ = io.WriteString(response, archive)
	}))
	t.Cleanup(server.Close)

	get := func(ctx context.Context, path string) (meter *meter, done, total int64) {
		meter = newMeter(ctx, server.Client().Transport, func(d, t int64) { done, total = d, t })
		response, err := (&http.Client{Transport: meter}).Get(server.URL + path)
		if err != nil {
			return meter, done, total
		}
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
		return meter, done, total
	}

	t.Run("reports bytes of the archive", func(t *testing.T) {
		meter, done, _ := get(t.Context(), "/postgres.jar")
		require.NoError(t, meter.err)
		require.EqualValues(t, len(archive), done)
	})
	t.Run("ignores the checksum", func(t *testing.T) {
		meter, done, _ := get(t.Context(), "/postgres.jar.sha256")
		require.NoError(t, meter.err)
		require.Zero(t, done)
	})
	t.Run("keeps why a response was cut", func(t *testing.T) {
		meter, done, total := get(t.Context(), "/short.jar")
		require.ErrorIs(t, meter.err, io.ErrUnexpectedEOF)
		require.EqualValues(t, len(archive), done)
		require.EqualValues(t, 200_000, total)
	})
	t.Run("ends with its context", func(t *testing.T) {
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		meter, _, _ := get(cancelled, "/postgres.jar")
		require.ErrorIs(t, meter.err, context.Canceled)
	})
}
