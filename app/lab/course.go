package lab

import (
	"sort"
	"time"
)

// bucket is the resolution of the pictures over time.
const bucket = 250 * time.Millisecond

// course makes of the times what the pictures show.
func (t *times) course(started time.Time, injected []time.Time) *Course {
	c := &Course{Bucket: bucket}
	for _, at := range t.commits {
		i := int(max(at.Sub(started), 0) / bucket)
		for len(c.Rows) <= i {
			c.Rows = append(c.Rows, 0)
		}
		c.Rows[i]++
	}
	for _, at := range injected {
		c.Faults = append(c.Faults, at.Sub(started))
	}
	for i := range c.LatencyMS {
		c.LatencyMS[i] = t.latency.MS(float64(i + 1))
	}
	return c
}

// perSecond is the rate from the first row to the last.
func (t *times) perSecond() float64 {
	if len(t.commits) < 2 {
		return 0
	}
	return float64(len(t.commits)) / t.commits[len(t.commits)-1].Sub(t.commits[0]).Seconds()
}

// recovery is the longest time from a fault until every partition that had rows
// to come has got its next.
func (t *times) recovery(injected []time.Time) time.Duration {
	var longest time.Duration
	for _, fault := range injected {
		for _, commits := range t.after {
			next := sort.Search(len(commits), func(i int) bool { return commits[i].After(fault) })
			if next < len(commits) {
				longest = max(longest, commits[next].Sub(fault))
			}
		}
	}
	return longest
}
