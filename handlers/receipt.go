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
	// Err is why it was not published, where others of the same Publish may have
	// been: an error of Publish is about all of them.
	Err error
}

type receiptKey struct{}

// receipted is context.WithValue for a Receipt, in one allocation instead of two.
type receipted struct {
	context.Context
	receipt Receipt
}

func (c *receipted) Value(key any) any {
	if key == (receiptKey{}) {
		return &c.receipt
	}
	return c.Context.Value(key)
}

// WithReceipt asks for the receipt of msg, which Watermill's Publish does not
// return: the publishers of orders fill it in before Publish returns.
func WithReceipt(msg *message.Message) *Receipt {
	asked := &receipted{Context: msg.Context(), receipt: Receipt{Partition: -1, Offset: -1}}
	msg.SetContext(asked)
	return &asked.receipt
}

// ReceiptOf returns the receipt that is asked for with this context, nil if none is.
func ReceiptOf(ctx context.Context) *Receipt {
	receipt, _ := ctx.Value(receiptKey{}).(*Receipt)
	return receipt
}
