package postgres

import (
	"encoding/binary"
	"errors"

	"github.com/ThreeDotsLabs/watermill/components/forwarder"
	"github.com/ThreeDotsLabs/watermill/message"
)

// envelope addresses a message so that Watermill's forwarder sends it to the topic.
func envelope(topic string, msg *message.Message) (*message.Message, error) {
	var caught catcher
	config := forwarder.PublisherConfig{ForwarderTopic: outboxTopic}
	if err := forwarder.NewPublisher(&caught, config).Publish(topic, msg); err != nil {
		return nil, err
	}
	return caught.msg, nil
}

// catcher keeps what is published on it.
type catcher struct{ msg *message.Message }

var _ message.Publisher = (*catcher)(nil)

func (c *catcher) Publish(_ string, messages ...*message.Message) error {
	c.msg = messages[0]
	return nil
}

func (c *catcher) Close() error { return nil }

var errJoin = errors.New("the joined rows are damaged")

// rowsOf parts what SelectQuery has joined.
func rowsOf(joined []byte) (payloads [][]byte, err error) {
	const lengthBytes = 4
	for len(joined) > 0 {
		if len(joined) < lengthBytes {
			return payloads, errJoin
		}
		length := binary.BigEndian.Uint32(joined)
		joined = joined[lengthBytes:]
		if uint64(length) > uint64(len(joined)) {
			return payloads, errJoin
		}
		payloads = append(payloads, joined[:length:length])
		joined = joined[length:]
	}
	return payloads, nil
}
