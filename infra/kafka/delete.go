package kafka

import (
	"context"
	"fmt"
)

// DeleteTopic removes a topic with its records and the offsets committed in it.
// The error is one that NoTopic knows when there is none.
func (a *Admin) DeleteTopic(ctx context.Context, name string) error {
	response, err := a.client.DeleteTopic(ctx, name)
	if err == nil {
		err = response.Err
	}
	if err != nil {
		return fmt.Errorf("delete topic %q: %w", name, a.config.explainRight(err, opDelete, onTopic, name))
	}
	return nil
}
