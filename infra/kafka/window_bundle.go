package kafka

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
)

// bundles cuts entries that may be delivered together into deliveries of Bundle
// records at most.
func (p *partition) bundles(entries []*entry) (deliveries [][]*entry) {
	size := max(p.config.Bundle, 1)
	for len(entries) > 0 {
		n := min(size, len(entries))
		deliveries = append(deliveries, entries[:n])
		entries = entries[n:]
	}
	return deliveries
}

// newBundle makes the message of several records.
func (p *partition) newBundle(entries []*entry) delivery {
	bundle := &handlers.Bundle{Records: make([]handlers.Record, len(entries))}
	for i, e := range entries {
		bundle.Records[i] = handlers.Record{
			Key: e.record.Key, Value: e.record.Value, Version: versionOf(e.record), Source: recordSource(e.record),
		}
	}
	msg := message.NewMessage(bundle.Records[0].Source.String(), nil)
	ctx, end := context.WithCancel(handlers.WithBundle(p.base, bundle))
	msg.SetContext(ctx)
	return delivery{entries: entries, bundle: bundle, msg: msg, end: end}
}

// versionOf returns the version of the order in a record.
func versionOf(record *kgo.Record) handlers.SchemaVersion {
	version := handlers.Version1
	for _, h := range record.Headers {
		if h.Key == handlers.SchemaVersionHeader {
			version = handlers.SchemaVersion(h.Value)
		}
	}
	return version
}
