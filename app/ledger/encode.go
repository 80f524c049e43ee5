package ledger

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Lines are written by hand, not by reflection: two lines an order must not slow
// down a generator that sends 100,000 orders/s.

func appendHeader(dst []byte, header Header) []byte {
	dst = append(dst, `{"ledger":`...)
	dst = strconv.AppendInt(dst, Version, 10)
	dst = append(dst, `,"topic":`...)
	dst = appendString(dst, header.Topic)
	dst = append(dst, `,"started_at":`...)
	dst = appendTime(dst, header.StartedAt)
	if header.Seed != 0 {
		dst = append(dst, `,"seed":`...)
		dst = strconv.AppendUint(dst, header.Seed, 10)
	}
	return append(dst, "}\n"...)
}

func appendSending(dst []byte, entry *Entry, at []byte) []byte {
	dst = appendNumber(dst, entry.N)
	dst = append(dst, `,"order_id":`...)
	dst = appendString(dst, entry.OrderID)
	dst = appendKey(dst, entry.Key, entry.KeySeq)
	dst = append(dst, `,"sha256":`...)
	if entry.SHA256 == nil {
		dst = append(dst, "null"...)
	} else {
		dst = append(dst, '"')
		dst = hex.AppendEncode(dst, entry.SHA256)
		dst = append(dst, '"')
	}
	dst = append(dst, `,"valid":`...)
	dst = strconv.AppendBool(dst, entry.Valid)
	if !entry.Valid {
		dst = append(dst, `,"why":`...)
		dst = appendString(dst, entry.Why)
	}
	return appendEnd(dst, entry.Outcome, at)
}

func appendOutcome(dst []byte, entry *Entry, at []byte) []byte {
	dst = appendNumber(dst, entry.N)
	switch {
	case entry.Outcome == Failed:
		dst = append(dst, `,"error":`...)
		dst = appendString(dst, entry.Error)
	case entry.Partition >= 0:
		dst = append(dst, `,"partition":`...)
		dst = strconv.AppendInt(dst, int64(entry.Partition), 10)
		dst = append(dst, `,"offset":`...)
		dst = strconv.AppendInt(dst, entry.Offset, 10)
	}
	return appendEnd(dst, entry.Outcome, at)
}

func appendNumber(dst []byte, n int64) []byte {
	dst = append(dst, `{"n":`...)
	return strconv.AppendInt(dst, n, 10)
}

// appendKey appends the key so that no byte of it is lost: a JSON string holds
// only what is valid UTF-8.
func appendKey(dst, key []byte, seq int64) []byte {
	switch {
	case key == nil:
		return append(dst, `,"key":null`...)
	case utf8.Valid(key):
		dst = append(dst, `,"key":`...)
		dst = appendString(dst, string(key))
	default:
		dst = append(dst, `,"key_base64":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, key)
		dst = append(dst, '"')
	}
	dst = append(dst, `,"key_seq":`...)
	return strconv.AppendInt(dst, seq, 10)
}

// appendEnd takes the time as text: it is that of many lines.
func appendEnd(dst []byte, outcome Outcome, at []byte) []byte {
	dst = append(dst, `,"outcome":"`...)
	dst = append(dst, outcome...)
	dst = append(dst, `","time":`...)
	dst = append(dst, at...)
	return append(dst, "}\n"...)
}

func appendTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = t.UTC().Truncate(time.Microsecond).AppendFormat(dst, time.RFC3339Nano) // several times as fast as any other format
	return append(dst, '"')
}

func appendString(dst []byte, s string) []byte {
	// The error says only that bytes that are no UTF-8 became U+FFFD.
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}
