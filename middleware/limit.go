package middleware

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// Limit bounds the share of messages that may be dead-lettered: a processor that
// fails on most of them is at fault itself, and shall stop before it has emptied
// the topic into the dead-letter topic. The zero value bounds nothing.
type Limit struct {
	Percent int // 0 to 99: more than this share is too much
	Window  int // of so many consecutive messages, 1 or more; 0: no limit
}

// UnmarshalText reads the form PERCENT%/WINDOW, such as 50%/1000.
func (l *Limit) UnmarshalText(text []byte) error {
	percent, window, ok := strings.Cut(string(text), "%/")
	p, percentErr := strconv.Atoi(percent)
	w, windowErr := strconv.Atoi(window)
	if !ok || percentErr != nil || windowErr != nil || p < 0 || p > 99 || w < 1 || w > 1_000_000 {
		return fmt.Errorf("%q is no limit: write PERCENT%%/WINDOW with 0 to 99 percent of 1 to 1000000 messages, "+
			"such as 50%%/1000", text)
	}
	l.Percent, l.Window = p, w
	return nil
}

// MarshalText is the inverse of UnmarshalText.
func (l Limit) MarshalText() ([]byte, error) {
	if l.Window == 0 {
		return nil, nil
	}
	return []byte(l.String()), nil
}

func (l Limit) String() string {
	return fmt.Sprintf("%d%%/%d", l.Percent, l.Window)
}

// limiter remembers what became of the last Window messages.
type limiter struct {
	Limit

	mu     sync.Mutex
	failed []bool // a ring of the last messages
	next   int
	seen   int
	count  int // of true in failed
}

func newLimiter(limit Limit) *limiter {
	return &limiter{Limit: limit, failed: make([]bool, limit.Window)}
}

// exceeds reports whether, in a full window, too many will have failed if the
// next message fails, too.
func (l *limiter) exceeds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Window == 0 || l.seen+1 < l.Window {
		return false
	}
	count := l.count + 1
	if l.failed[l.next] { // it leaves the window
		count--
	}
	return count*100 > l.Percent*l.Window
}

// note remembers what became of a message.
func (l *limiter) note(failed bool) {
	if l.Window == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed[l.next] {
		l.count--
	}
	l.failed[l.next] = failed
	if failed {
		l.count++
	}
	l.next = (l.next + 1) % l.Window
	l.seen++
}
