package handlers

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"
)

// Receipt is where a published message went.
type Receipt struct {
	Partition int32
	Offset    int64
}

type receiptKey struct{}

// WithReceipt asks for the receipt of msg, which Watermill's Publish does not
// return: publishers fill it in before Publish returns without an error.
func WithReceipt(msg *message.Message) *Receipt {
	receipt := &Receipt{}
	msg.SetContext(context.WithValue(msg.Context(), receiptKey{}, receipt))
	return receipt
}

// ReceiptOf returns the receipt that is asked for with this context, nil if none is.
func ReceiptOf(ctx context.Context) *Receipt {
	receipt, _ := ctx.Value(receiptKey{}).(*Receipt)
	return receipt
}
