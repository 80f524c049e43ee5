package verify

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
)

func (v *verification) readTopic(ctx context.Context) (err error) {
	v.extents, err = v.Topics.ReadTopic(ctx, v.topic, v.see)
	if err != nil {
		return err
	}
	v.report.Unknown = v.unplaced.left()
	for partition, last := range v.last {
		if extent, ok := v.extents[partition]; !ok || last >= extent.End {
			return fmt.Errorf("the ledger %s is of another run: it has an order in partition %d at offset %d of topic %q, which ends before; "+
				"has the topic been created anew since?", v.Ledger, partition, last, v.topic)
		}
	}
	differing := int64(0)
	for _, r := range v.records.all() {
		switch {
		case r.is(replaced):
			differing++
		case r.is(inTopic) && !r.is(inLedger):
			v.report.OtherRecords++
		case r.is(inLedger) && !r.is(inTopic):
			v.report.Expired++
		}
	}
	if differing > 0 && v.matched == 0 {
		return fmt.Errorf("the ledger %s is of another run: topic %q holds other records in all %d places that it names; "+
			"has the topic been created anew since?", v.Ledger, v.topic, differing)
	}
	return nil
}

// see takes note of a record of the topic.
func (v *verification) see(seen *kgo.Record) error {
	at := place{seen.Partition, seen.Offset}
	r := v.records.enter(at)
	r.set(inTopic)
	stamp := v.stampOf(seen)
	switch {
	case r.is(inLedger) && *r.stamp == stamp:
		v.matched++
	case r.is(inLedger):
		*r.state = inTopic | replaced
	default:
		if order, ok := v.unplaced.take(stamp, at, seen.Timestamp); ok {
			v.own(r, order, stamp)
		}
	}
	order, err := handlers.CheckVersion(versionOf(seen), seen.Key, seen.Value)
	if err != nil {
		return nil //nolint:nilerr // it is invalid, which the ledger has said
	}
	if !r.is(inLedger) {
		r.set(valid)
	}
	*r.order = v.hash.order(&order)
	r.set(decoded)
	return nil
}

// versionOf returns by which rules a record is an order.
func versionOf(record *kgo.Record) handlers.SchemaVersion {
	if version, ok := lastHeaders(record)[handlers.SchemaVersionHeader]; ok {
		return handlers.SchemaVersion(version)
	}
	return handlers.Version1
}

func (v *verification) stampOf(r *kgo.Record) uint64 {
	if r.Value == nil {
		return v.hash.stamp(r.Key, nil)
	}
	digest := sha256.Sum256(r.Value)
	return v.hash.stamp(r.Key, digest[:])
}
