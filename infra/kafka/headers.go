package kafka

import (
	"encoding/binary"
	"errors"
)

// header is a header of a record. A record may hold several of one key, their
// order counts, and a value may be null, so Watermill's metadata, a map of
// strings, cannot hold them.
type header struct {
	key   string
	value []byte // nil is Kafka's null
}

var errHeaders = errors.New("the message's record headers are damaged")

// packHeaders puts headers into a string: for each the length of its key, the
// key, 1 + the length of its value (0 for null), the value.
func packHeaders(headers []header) string {
	var packed []byte
	for _, h := range headers {
		packed = binary.AppendUvarint(packed, uint64(len(h.key)))
		packed = append(packed, h.key...)
		if h.value == nil {
			packed = binary.AppendUvarint(packed, 0)
			continue
		}
		packed = binary.AppendUvarint(packed, 1+uint64(len(h.value)))
		packed = append(packed, h.value...)
	}
	return string(packed)
}

// unpackHeaders is the inverse of packHeaders. Its error means that somebody
// else wrote the metadata that packHeaders makes.
func unpackHeaders(packed string) ([]header, error) {
	var headers []header
	rest := []byte(packed)
	for len(rest) > 0 {
		key, after, err := cutPrefixed(rest, 0)
		if err != nil {
			return nil, err
		}
		value, after, err := cutPrefixed(after, 1)
		if err != nil {
			return nil, err
		}
		headers = append(headers, header{key: string(key), value: value})
		rest = after
	}
	return headers, nil
}

// cutPrefixed cuts a length-prefixed field off the front of b. bias is what the
// prefix exceeds the length by; a prefix below it stands for null.
func cutPrefixed(b []byte, bias uint64) (field, rest []byte, err error) {
	prefix, n := binary.Uvarint(b)
	if n <= 0 {
		return nil, nil, errHeaders
	}
	b = b[n:]
	if prefix < bias {
		return nil, b, nil
	}
	length := prefix - bias
	if length > uint64(len(b)) {
		return nil, nil, errHeaders
	}
	return b[:length:length], b[length:], nil
}
