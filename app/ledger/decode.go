package ledger

import (
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
)

// decodeEntry reads a line as encode.go writes it.
func decodeEntry(text []byte) (Entry, error) {
	line := struct {
		N         int64     `json:"n"`
		OrderID   string    `json:"order_id"`
		Key       *string   `json:"key"`
		KeyBase64 []byte    `json:"key_base64"`
		KeySeq    int64     `json:"key_seq"`
		SHA256    *string   `json:"sha256"`
		Valid     bool      `json:"valid"`
		Why       string    `json:"why"`
		Outcome   Outcome   `json:"outcome"`
		Partition int32     `json:"partition"`
		Offset    int64     `json:"offset"`
		Error     string    `json:"error"`
		Time      time.Time `json:"time"`
	}{Partition: -1, Offset: -1}
	if err := json.Unmarshal(text, &line); err != nil {
		return Entry{}, err
	}

	entry := Entry{
		N: line.N, OrderID: line.OrderID, Key: line.KeyBase64, KeySeq: line.KeySeq,
		Valid: line.Valid, Why: line.Why,
		Outcome: line.Outcome, Partition: line.Partition, Offset: line.Offset, Error: line.Error, Time: line.Time,
	}
	switch line.Outcome {
	case Sending, Sent, Failed:
	default:
		return Entry{}, fmt.Errorf("unknown outcome %q", line.Outcome)
	}
	if line.Key != nil {
		entry.Key = []byte(*line.Key)
	}
	if line.SHA256 != nil {
		digest, err := hex.DecodeString(*line.SHA256)
		if err != nil {
			return Entry{}, fmt.Errorf("sha256: %w", err)
		}
		entry.SHA256 = digest
	}
	return entry, nil
}
