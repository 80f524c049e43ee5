package middleware

import "github.com/ThreeDotsLabs/watermill/message"

// Room gives the goroutine of a message the stack that decoding an order needs, all
// at once. Watermill starts a goroutine for each message, Go starts it with a small
// stack and doubles it where it ends, which copies what stands on it: outermost that
// is little, in the depth of a decoder it was measured to be an eighth of the
// processor's time.
func Room(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		makeRoom(false)
		return next(msg)
	}
}

// makeRoom has a frame of the size that is needed. Go looks for room for a frame when
// the function is entered, whether the frame is used or not.
//
//go:noinline
func makeRoom(use bool) (used byte) {
	if use {
		var room [6 << 10]byte
		for i := range room {
			room[i] = byte(i)
			used += room[len(room)-1-i]
		}
	}
	return used
}
