package embedded

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
)

// meter is an HTTP transport for requests that know neither context nor
// progress: it binds them to the one and reports the other. One goroutine at a
// time may use it.
type meter struct {
	ctx      context.Context
	next     http.RoundTripper
	progress func(done, total int64)
	err      error // the last failure of a request or of reading its response
}

func newMeter(ctx context.Context, next http.RoundTripper, progress func(done, total int64)) *meter {
	return &meter{ctx: ctx, next: next, progress: progress}
}

func (m *meter) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := m.next.RoundTrip(request.Clone(m.ctx))
	if err != nil {
		m.err = err
		return nil, err
	}
	body := &meteredBody{ReadCloser: response.Body, meter: m}
	// Beside the archive there is its checksum, which is not worth a report.
	if m.progress != nil && strings.HasSuffix(request.URL.Path, ".jar") {
		body.report = func(done int64) { m.progress(done, response.ContentLength) }
	}
	response.Body = body
	return response, nil
}

// meteredBody counts the bytes of a response as they are read.
type meteredBody struct {
	io.ReadCloser
	meter  *meter
	report func(done int64) // nil reports nothing
	done   int64
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.done += int64(n)
	if n > 0 && b.report != nil {
		b.report(b.done)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		b.meter.err = err
	}
	return n, err
}
