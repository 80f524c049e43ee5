package kafka

// byOffset is a heap with the lowest offset on top.
type byOffset []*entry

func (b byOffset) Len() int           { return len(b) }
func (b byOffset) Less(i, j int) bool { return b[i].offset < b[j].offset }
func (b byOffset) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
func (b *byOffset) Push(e any)        { *b = append(*b, e.(*entry)) } //nolint:forcetypeassert // heap.Push is given no other

func (b *byOffset) Pop() any {
	last := len(*b) - 1
	e := (*b)[last]
	(*b)[last] = nil
	*b = (*b)[:last]
	return e
}
