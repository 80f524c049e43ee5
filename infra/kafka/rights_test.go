package kafka

import (
	"log/slog"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func allowed(kind kmsg.ACLResourceType, name string, operation kmsg.ACLOperation) kfake.ACL {
	return kfake.ACL{Resource: kind, Name: name, Operation: operation, Pattern: kmsg.ACLResourcePatternTypeLiteral, Allow: true}
}

var (
	describeOrders = allowed(kmsg.ACLResourceTypeTopic, "orders", kmsg.ACLOperationDescribe)
	readOrders     = allowed(kmsg.ACLResourceTypeTopic, "orders", kmsg.ACLOperationRead)
	writeOrders    = allowed(kmsg.ACLResourceTypeTopic, "orders", kmsg.ACLOperationWrite)
	describeGroup  = allowed(kmsg.ACLResourceTypeGroup, "group", kmsg.ACLOperationDescribe)
	readGroup      = allowed(kmsg.ACLResourceTypeGroup, "group", kmsg.ACLOperationRead)
)

// asUser returns a broker on which a user may do so much.
func asUser(t *testing.T, acls ...kfake.ACL) Config {
	t.Helper()
	_, config := broker(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.User("SCRAM-SHA-512", "orders-app", "correct horse", acls...))
	config.SASL = &SASL{Mechanism: sarama.SASLTypeSCRAMSHA512, Username: "orders-app", Password: "correct horse"}
	return config
}

func TestCheckRights(t *testing.T) {
	t.Parallel()
	all := Rights{Read: []string{"orders"}, Write: []string{"orders"}, Group: "group"}
	for name, test := range map[string]struct {
		acls []kfake.ACL
		want []string
	}{
		"all": {[]kfake.ACL{readOrders, writeOrders, readGroup}, nil},
		"none": {nil, []string{
			`User:orders-app lacks the right Read on group "group"`,
			`kafka-acls.sh --add --allow-principal 'User:orders-app' --operation Read --group 'group'`,
		}},
		"to describe": {[]kfake.ACL{describeOrders, describeGroup}, []string{
			`lacks the right Read on topic "orders"`,
			`kafka-acls.sh --add --allow-principal 'User:orders-app' --operation Read --topic 'orders'`,
			`lacks the right Write on topic "orders"`,
		}},
		"to read": {[]kfake.ACL{readOrders, readGroup}, []string{`lacks the right Write on topic "orders"`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			admin, err := NewAdmin(t.Context(), asUser(t, test.acls...))
			require.NoError(t, err)
			t.Cleanup(admin.Close)
			err = admin.CheckRights(t.Context(), all)
			if test.want == nil {
				require.NoError(t, err)
			}
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

// Who may not create topics may use those that are there.
func TestEnsureTopicNeedsNoRightToCreateWhatIsThere(t *testing.T) {
	t.Parallel()
	admin, err := NewAdmin(t.Context(), asUser(t, describeOrders))
	require.NoError(t, err)
	t.Cleanup(admin.Close)
	created, err := admin.EnsureTopic(t.Context(), "orders", 3, nil)
	require.NoError(t, err)
	require.False(t, created)
	_, err = admin.EnsureTopic(t.Context(), "others", 3, nil)
	require.ErrorContains(t, err, "--topic 'others'")
}

// A subscriber that may not read says so once it tries, whatever the client.
func TestSubscriberTellsWhatItIsDenied(t *testing.T) {
	t.Parallel()
	for what, test := range map[string]struct {
		acls []kfake.ACL
		want string
	}{
		"the group": {[]kfake.ACL{readOrders, describeGroup}, `lacks the right Read on group "group"`},
		"the topic": {[]kfake.ACL{describeOrders, readGroup}, `lacks the right Read on topic "orders"`},
	} {
		for client, subscriber := range map[string]func(SubscriberConfig) (message.Subscriber, error){
			"sarama": func(config SubscriberConfig) (message.Subscriber, error) { return NewSubscriber(config) },
			"franz":  func(config SubscriberConfig) (message.Subscriber, error) { return NewWindowedSubscriber(config) },
		} {
			t.Run(what+" "+client, func(t *testing.T) {
				t.Parallel()
				denied := make(chan error, 100)
				s, err := subscriber(SubscriberConfig{
					Config: asUser(t, test.acls...), Group: "group", Commit: CommitAfter, CommitInterval: time.Second,
					SessionTimeout: 10 * time.Second, DrainTimeout: time.Second, InFlight: 2, Ordering: OrderingKey,
					Denied: func(err error) { denied <- err },
					Logger: slog.New(slog.DiscardHandler), Watermill: watermill.NopLogger{},
				})
				require.NoError(t, err)
				_, err = s.Subscribe(t.Context(), "orders")
				require.NoError(t, err)
				require.ErrorContains(t, <-denied, test.want)
				require.NoError(t, s.Close())
			})
		}
	}
}
