package kafka

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

// Of messages published at the same time, only those are refused that are too
// large themselves, and the others keep their order.
func TestPublishConcurrently(t *testing.T) {
	t.Parallel()
	const publishers = 40
	// What is refused is sent again one by one, so of that there are few.
	for name, of := range map[string]struct{ each, most, tenth int }{"small": {50, 20, 20}, "too large": {5, 3_000, 11_000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			topic := smallTopic(t, 3)
			publisher := newPublisher(t)
			var wg sync.WaitGroup
			refused := make([]int, publishers)
			for i := range publishers {
				wg.Go(func() {
					for n := range of.each {
						padding := strings.Repeat(" ", of.most)
						if i%10 == 0 {
							padding = strings.Repeat(" ", of.tenth)
						}
						err := publisher.Publish(topic, keyed(fmt.Sprint(i), fmt.Append(nil, n, padding)))
						if TooLarge(err) {
							refused[i]++
						} else if err != nil {
							t.Error(err)
						}
					}
				})
			}
			wg.Wait()

			arrived := map[string][]string{}
			for _, record := range servertest.Records(t, topic, publishers*of.each-sum(refused)) {
				arrived[string(record.Key)] = append(arrived[string(record.Key)], strings.TrimSpace(string(record.Value)))
			}
			var inOrder []string
			for n := range of.each {
				inOrder = append(inOrder, fmt.Sprint(n))
			}
			for i := range publishers {
				if of.tenth > 10_000 && i%10 == 0 {
					require.Equal(t, of.each, refused[i])
					continue
				}
				require.Equal(t, inOrder, arrived[fmt.Sprint(i)])
			}
		})
	}
}

func sum(numbers []int) (total int) {
	for _, n := range numbers {
		total += n
	}
	return total
}
