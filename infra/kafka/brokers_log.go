package kafka

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// brokersLog tells once that a broker cannot be reached, and once that it can again:
// the client tries in silence.
type brokersLog struct {
	logger *slog.Logger
	away   sync.Map // addresses
}

var _ kgo.HookBrokerConnect = (*brokersLog)(nil)

// OnBrokerConnect is called by the client after each try.
func (l *brokersLog) OnBrokerConnect(broker kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	address := net.JoinHostPort(broker.Host, strconv.Itoa(int(broker.Port)))
	if err == nil {
		if _, was := l.away.LoadAndDelete(address); was {
			l.logger.Info("a broker can be reached again", slog.String("broker", address))
		}
		return
	}
	if errors.Is(err, context.Canceled) {
		return // by Close
	}
	if _, was := l.away.LoadOrStore(address, true); !was {
		l.logger.Warn("a broker cannot be reached; trying again", slog.String("broker", address), slog.Any("error", err))
	}
}
