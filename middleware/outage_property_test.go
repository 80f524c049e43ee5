package middleware_test

import (
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/middleware"
)

// script is what the handler answers to one message, call by call.
type script struct {
	Arrival time.Duration
	Calls   []scriptedCall
}

type scriptedCall struct {
	Takes  time.Duration
	Answer error
}

func drawScript(t *rapid.T) script {
	last := rapid.SampledFrom([]error{
		nil, errors.New("unknown"), handlers.Fail(handlers.Data, errors.New("refused")),
	}).Draw(t, "last answer")
	calls := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) scriptedCall {
		return scriptedCall{drawDuration(t, "takes"), handlers.Fail(handlers.Outage, errRefused)}
	}), 0, 4).Draw(t, "outages")
	return script{
		Arrival: drawDuration(t, "arrival"),
		Calls:   append(calls, scriptedCall{drawDuration(t, "takes"), last}),
	}
}

func drawDuration(t *rapid.T, label string) time.Duration {
	return time.Duration(rapid.IntRange(1, 10_000).Draw(t, label)) * time.Millisecond
}

// play is one run of scripts through the layer.
type play struct {
	scripts []script

	mu       sync.Mutex
	calls    []int   // by message
	results  []error // by message
	changes  []error
	since    time.Time // of the outage; zero when there is none
	probing  int       // calls that began during the outage and are under way
	together int       // the most of them at once
}

func (p *play) run(t *testing.T) {
	p.calls, p.results = make([]int, len(p.scripts)), make([]error, len(p.scripts))
	handle := (&middleware.Outage{InitialInterval: time.Second, MaxInterval: time.Minute, Changed: p.changed}).Middleware(p.handle)
	var messages sync.WaitGroup
	for i := range p.scripts {
		messages.Go(func() {
			time.Sleep(p.scripts[i].Arrival)
			msg := message.NewMessage(strconv.Itoa(i), nil)
			msg.SetContext(t.Context())
			_, p.results[i] = handle(msg)
		})
	}
	messages.Wait()
}

func (p *play) changed(cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changes = append(p.changes, cause)
	p.since = time.Time{}
	if cause != nil {
		p.since = time.Now()
	}
}

func (p *play) handle(msg *message.Message) ([]*message.Message, error) {
	i, err := strconv.Atoi(msg.UUID)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	call := p.scripts[i].Calls[p.calls[i]]
	p.calls[i]++
	// A call of the very instant may have passed the gate before it was closed.
	during := !p.since.IsZero() && time.Now().After(p.since)
	if during {
		p.probing++
		p.together = max(p.together, p.probing)
	}
	p.mu.Unlock()

	time.Sleep(call.Takes)

	p.mu.Lock()
	defer p.mu.Unlock()
	if during {
		p.probing--
	}
	return nil, call.Answer
}

// The laws: every message ends with its last answer and is called no more often
// than it takes; one call at a time while the outage lasts; no outage is left.
func TestOutageLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := &play{scripts: rapid.SliceOfN(rapid.Custom(drawScript), 1, 12).Draw(rt, "scripts")}
		synctest.Test(t, p.run)
		for i, script := range p.scripts {
			require.Len(rt, script.Calls, p.calls[i])
			require.Equal(rt, script.Calls[len(script.Calls)-1].Answer, p.results[i])
		}
		require.LessOrEqual(rt, p.together, 1)
		for i, cause := range p.changes {
			require.Equal(rt, i%2 == 0, cause != nil, "change %d", i)
		}
		require.Zero(rt, len(p.changes)%2)
	})
}
