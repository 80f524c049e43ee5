package middleware

import "github.com/ThreeDotsLabs/watermill/message"

// room is how many bytes of stack a message's goroutine holds from the outermost
// layer on: with what the layers and the wait for the database need it is more than
// half of what decoding an order needs in all, 8 KiB.
const room = 2048

// Room saves the goroutines of messages from growing their stacks. Watermill starts
// one for each message, and Go starts it with a stack of the average size in use
// that the garbage collector has seen (since Go 1.19), while most of those that it
// sees here wait for the database, high up. So each would grow when it decodes, in
// the depth of the decoder, where that copies most, and the next would start small
// again. It was measured to be an eighth of the processor's time.
func Room(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		return within(next, msg, false)
	}
}

// within calls next with a frame of the size of room below it, which is not touched
// unless somebody says so.
//go:noinline
func within(next message.HandlerFunc, msg *message.Message, touch bool) ([]*message.Message, error) {
	if touch {
		var frame [room]byte
		for i := range frame {
			frame[i] = byte(i)
		}
		for i := range frame {
			msg.UUID += string(frame[len(frame)-1-i:][:1])
		}
	}
	return next(msg)
}
