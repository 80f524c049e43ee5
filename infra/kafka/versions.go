package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

var errTooOld = errors.New("is too old")

// needed is what a broker must understand, and what for. Together that is Kafka
// 2.4; other servers that speak the protocol are judged by it, too.
var needed = []struct {
	request    kmsg.Key
	version    int16
	capability string
}{
	{kmsg.Produce, 7, "records with headers, compressed by zstd"},
	{kmsg.Fetch, 10, "records with headers, compressed by zstd"},
	{kmsg.InitProducerID, 0, "idempotent producers"},
	{kmsg.IncrementalAlterConfigs, 0, "changes of one setting"},
	{kmsg.CreateTopics, 4, "topics with the default replication factor"},
}

// checkVersion says what the broker that answers first lacks, if it is too old.
func checkVersion(ctx context.Context, client *kgo.Client) error {
	request := kmsg.NewPtrApiVersionsRequest()
	request.ClientSoftwareName, request.ClientSoftwareVersion = ClientID, "1"
	response, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	known := kversion.FromApiVersionsResponse(response)
	for _, need := range needed {
		if version, ok := known.LookupMaxKeyVersion(int16(need.request)); !ok || version < need.version {
			return fmt.Errorf("%w: it lacks %s (%s version %d); upgrade it to Kafka 2.4 or newer",
				errTooOld, need.capability, need.request.Name(), need.version)
		}
	}
	return nil
}
