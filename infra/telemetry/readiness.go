package telemetry

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
)

var errStarting = errors.New("starting")

// Readiness is whether the program can do its work, and why not: it is ready
// when all it needs is there. It is safe for concurrent use.
type Readiness struct {
	mu      sync.Mutex
	lacking map[string]error // by need, nil when it is there
}

// NewReadiness returns the readiness of a program that has none of its needs yet.
func NewReadiness(needs ...string) *Readiness {
	r := &Readiness{lacking: map[string]error{}}
	for _, need := range needs {
		r.lacking[need] = errStarting
	}
	return r
}

// Set says that a need is there, with nil, or why not.
func (r *Readiness) Set(need string, cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lacking[need] = cause
}

// ServeHTTP answers 200 when ready, else 503 with a line for each need that is
// not there.
func (r *Readiness) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	r.mu.Lock()
	var causes []error
	for _, need := range slices.Sorted(maps.Keys(r.lacking)) {
		if cause := r.lacking[need]; cause != nil {
			causes = append(causes, fmt.Errorf("%s: %w", need, cause))
		}
	}
	r.mu.Unlock()
	if err := errors.Join(causes...); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}
