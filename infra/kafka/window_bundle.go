package kafka

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
)

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
