package handlers

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"
)

// Receipt is what became of a published message.
type Receipt struct {
	// Partition and Offset are where it went, both -1 unless that is known.
	Partition int32
	Offset    int64
	// Err is why it was not published; others of the same Publish may have been.
	Err error
}

// WithReceipt asks for the receipt of msg, which Watermill's Publish does not
// return: the publishers of orders fill it in before Publish returns.
func WithReceipt(msg *message.Message) *Receipt {
	asked := &carrying[Receipt]{Context: msg.Context(), value: Receipt{Partition: -1, Offset: -1}}
	msg.SetContext(asked)
	return &asked.value
}

// ReceiptOf returns the receipt that is asked for with this context, nil if none is.
func ReceiptOf(ctx context.Context) *Receipt {
	receipt, _ := ctx.Value(carried[Receipt]{}).(*Receipt)
	return receipt
}
