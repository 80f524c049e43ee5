package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// BatchPublisherConfig says where to publish.
type BatchPublisherConfig struct {
	Config
	// Topics are those whose limits it shall know, which must be there. It publishes
	// on others, too.
	Topics []string
	// Patience is for how long the brokers may refuse a message, or not answer,
	// before it fails; some have it nevertheless. At least a second; 0 is without end.
	Patience time.Duration
	// Logger is told when a broker cannot be reached.
	Logger *slog.Logger
}

// batchLimits reads how large a batch of each topic may be, in bytes. The broker
// refuses a larger one as a whole, with all records that are in it; the client, which
// knows the limit, refuses the one record that is larger.
func batchLimits(ctx context.Context, config Config, topics []string) (map[string]int32, error) {
	admin, err := NewAdmin(ctx, config)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	limits := map[string]int32{}
	for _, name := range topics {
		topic, err := admin.DescribeTopic(ctx, name)
		if err != nil {
			return nil, err
		}
		limit, err := strconv.ParseInt(topic.Configs[MaxMessageBytes], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read %s of topic %q: %w", MaxMessageBytes, name, err)
		}
		// Within the bounds of the client, and of what it writes in one request.
		limits[name] = int32(min(max(limit, minBatchBytes), maxBatchBytes))
	}
	return limits, nil
}

const minBatchBytes, usualBatchBytes, maxBatchBytes = 512, 1_000_000, 64 << 20
