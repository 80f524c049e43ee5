package verify

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	wmmiddleware "github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"orderflow/handlers"
	"orderflow/middleware"
)

func (v *verification) readDeadLetters(ctx context.Context) error {
	return v.Topics.ReadExtents(ctx, v.DeadLetters, v.letters, v.seeDeadLetter)
}

// seeDeadLetter takes note of a dead letter if it is of the group and the topic.
func (v *verification) seeDeadLetter(letter *kgo.Record) error {
	headers := lastHeaders(letter)
	topic, named := headers[wmmiddleware.PoisonedTopicKey]
	if headers[middleware.GroupKey] != v.Group || named && topic != v.topic {
		return nil
	}
	at, ok := originalPlace(headers)
	r, known := v.records.at(at)
	switch {
	case !ok:
		v.foundLetter(Phantom, letter, at, "a dead letter that does not say which record it is of")
	case known && r.is(inLedger):
		v.deadLettered(letter, headers, at, r)
	case !known && !v.expired(at):
		v.foundLetter(Phantom, letter, at, "a dead letter of a record that the topic does not hold")
	}
	return nil
}

// deadLettered judges a dead letter of one of the ledger's orders.
func (v *verification) deadLettered(letter *kgo.Record, headers map[string]string, at place, r record) {
	if v.stampOf(letter) != *r.stamp {
		v.foundLetter(Changed, letter, at, "the dead letter differs from the record")
	}
	if r.is(hasLetter) {
		return // a crash between publishing and committing publishes it again
	}
	r.set(hasLetter)
	v.report.DeadLettered++
	class := headers[middleware.ErrorClassKey]
	switch {
	case !r.is(valid):
	case class == string(handlers.Conflict):
		r.set(conflicts)
	default:
		v.foundLetter(ValidDeadLettered, letter, at, "class "+class+": "+headers[wmmiddleware.ReasonForPoisonedKey])
	}
}

func (v *verification) foundLetter(kind Kind, letter *kgo.Record, at place, detail string) {
	order, _ := handlers.CheckVersion(versionOf(letter), letter.Key, letter.Value) // empty if it is invalid
	v.report.add(Finding{
		Kind: kind, OrderID: order.ID, Key: string(letter.Key),
		Partition: at.partition, Offset: at.offset, Detail: detail,
	})
}

// lastHeaders returns a record's headers; of those with the same name the last
// counts.
func lastHeaders(record *kgo.Record) map[string]string {
	headers := make(map[string]string, len(record.Headers))
	for _, header := range record.Headers {
		headers[header.Key] = string(header.Value)
	}
	return headers
}

// originalPlace returns which record a dead letter is of.
func originalPlace(headers map[string]string) (at place, ok bool) {
	partition, err := strconv.ParseInt(headers[middleware.OriginalPartitionKey], 10, 32)
	if err != nil {
		return place{-1, -1}, false
	}
	offset, err := strconv.ParseInt(headers[middleware.OriginalOffsetKey], 10, 64)
	if err != nil {
		return place{-1, -1}, false
	}
	return place{int32(partition), offset}, true
}
