package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"orderflow/infra/kafka"
)

type topicsRetention struct {
	topicCommand
	MS             int64 `name:"ms" required:"" group:"kafka" help:"How long records are kept, in milliseconds; --ms=-1 for ever." placeholder:"MILLISECONDS"`
	StopCompaction bool  `group:"kafka" help:"Set cleanup.policy=delete, too: a compacted topic keeps only the last record of each key."`
}

// Validate is called by kong.
func (c *topicsRetention) Validate() error {
	if c.MS < -1 {
		return errors.New("--ms: must be 0 or more, or -1 for ever")
	}
	return c.topicFlags.Validate()
}

// retention is the result of `topics retention`.
type retention struct {
	Topic         string `json:"topic"`
	MSBefore      int64  `json:"retention_ms_before"`
	MS            int64  `json:"retention_ms"`
	CleanupPolicy string `json:"cleanup_policy"`
}

// Run is called by kong.
func (c *topicsRetention) Run(s surroundings) error {
	return c.with(s, func(admin *kafka.Admin) (textWriter, error) {
		topic, err := admin.DescribeTopic(s.ctx, c.Topic)
		if err != nil {
			return nil, err
		}
		result := retention{Topic: c.Topic, MS: c.MS, CleanupPolicy: topic.Configs[kafka.CleanupPolicy]}
		if result.MSBefore, err = strconv.ParseInt(topic.Configs[kafka.RetentionMS], 10, 64); err != nil {
			return nil, fmt.Errorf("read %s of topic %q: %w", kafka.RetentionMS, c.Topic, err)
		}
		if c.StopCompaction {
			if err := admin.StopCompaction(s.ctx, c.Topic); err != nil {
				return nil, err
			}
			result.CleanupPolicy = "delete"
		} else if !topic.Expires() {
			return nil, fmt.Errorf("topic %s has %s=%s: no record of it expires, whatever its age, but each goes when a newer one "+
				"has its key; add --stop-compaction to change that", c.Topic, kafka.CleanupPolicy, result.CleanupPolicy)
		}
		return result, admin.SetRetention(s.ctx, c.Topic, c.MS)
	})
}

func (r retention) writeText(w io.Writer) {
	fmt.Fprintf(w, "topic %s: %s was %d, is now %d; the broker deletes expired segments at its next check\n",
		r.Topic, kafka.RetentionMS, r.MSBefore, r.MS)
}
