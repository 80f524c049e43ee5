package kafka

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// anyBytes draws null, empty and binary values.
func anyBytes() *rapid.Generator[[]byte] {
	return rapid.OneOf(rapid.Just[[]byte](nil), rapid.Just([]byte{}), rapid.SliceOfN(rapid.Byte(), 1, 300))
}

// anyHeaders draws headers with keys that repeat, are empty, are ours, or are
// not even UTF-8.
func anyHeaders() *rapid.Generator[[]header] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) header {
		key := rapid.OneOf(
			rapid.SampledFrom([]string{"", "a", "b", "_record_key", "_record_headers", "_watermill_message_uuid"}),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		).Draw(t, "key")
		return header{key: key, value: anyBytes().Draw(t, "value")}
	}), 0, 8)
}

func TestHeadersSurvivePacking(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		headers := anyHeaders().Draw(t, "headers")
		unpacked, err := unpackHeaders(packHeaders(headers))
		require.NoError(t, err)
		require.Len(t, unpacked, len(headers))
		for i, want := range headers {
			require.Equal(t, want, unpacked[i])
		}
	})
}

func TestUnpackHeadersRefusesWhatWasNotPacked(t *testing.T) {
	t.Parallel()
	for name, packed := range map[string]string{
		"no value":        "\x01a",
		"key cut":         "\x05ab",
		"value cut":       "\x01a\x04xy",
		"endless length":  "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"greatest length": "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := unpackHeaders(packed)
			require.ErrorIs(t, err, errHeaders)
		})
	}
}

func FuzzUnpackHeaders(f *testing.F) {
	f.Add("")
	f.Add(packHeaders([]header{{"trace", []byte("a")}, {"trace", nil}, {"", []byte{}}}))
	f.Add("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
	f.Fuzz(func(t *testing.T, packed string) {
		headers, err := unpackHeaders(packed)
		if err != nil {
			require.Nil(t, headers)
			return
		}
		again, err := unpackHeaders(packHeaders(headers))
		require.NoError(t, err)
		require.Equal(t, headers, again)
	})
}
