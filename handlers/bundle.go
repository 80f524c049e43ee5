package handlers

import "context"

// Record is a record of a Bundle.
type Record struct {
	Key     []byte // nil if it has none
	Value   []byte
	Version SchemaVersion
	Source  Source
}

// Bundle is records that come in one message, without payload, because what a router
// does for a message costs several times what all else of an order does. Acking the
// message acks those that are not set apart; these come again, each as a message of
// its own. So a bundle is for as long as nothing is wrong: retries and dead letters
// are about single records.
//
// It belongs to one goroutine at a time: the handler's until the message is acked or
// nacked, then the subscriber's.
type Bundle struct {
	Records []Record

	apart []bool // by index in Records; nil while none is
}

// SetApart has the record of this index come again alone.
func (b *Bundle) SetApart(i int) {
	if b.apart == nil {
		b.apart = make([]bool, len(b.Records))
	}
	b.apart[i] = true
}

// Apart reports whether the record of this index is set apart.
func (b *Bundle) Apart(i int) bool { return b.apart != nil && b.apart[i] }

// Together counts the records that are not set apart.
func (b *Bundle) Together() int {
	together := len(b.Records)
	for _, apart := range b.apart {
		if apart {
			together--
		}
	}
	return together
}

type bundleKey struct{}

// WithBundle returns a context that carries the records of a message that is a bundle.
func WithBundle(ctx context.Context, bundle *Bundle) context.Context {
	return context.WithValue(ctx, bundleKey{}, bundle)
}

// BundleOf returns the records of the message with this context; ok is false for a
// message that is one record.
func BundleOf(ctx context.Context) (bundle *Bundle, ok bool) {
	bundle, ok = ctx.Value(bundleKey{}).(*Bundle)
	return bundle, ok
}
