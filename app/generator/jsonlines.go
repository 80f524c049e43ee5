package generator

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json/jsontext"
)

// JSONLines is a Source of the lines of a file, each sent as it is, byte for
// byte without its newline. Blank lines are left out.
type JSONLines struct {
	file    *os.File
	lines   *bufio.Scanner
	line    int64
	decoder jsontext.Decoder
}

// OpenJSONLines opens a file of JSON Lines. The records get the user_id of their
// line as key. A line from which none can be read is sent without key.
func OpenJSONLines(path string) (*JSONLines, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open orders: %w", err)
	}
	// A folder opens well too and says only here what it is.
	text := bufio.NewReader(file)
	if _, err := text.Peek(1); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(fmt.Errorf("read orders: %w", err), file.Close())
	}
	lines := bufio.NewScanner(text)
	lines.Buffer(nil, maxRecord)
	lines.Split(splitLines)
	return &JSONLines{file: file, lines: lines}, nil
}

// splitLines is bufio.ScanLines but for a carriage return, which it keeps.
func splitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if end := bytes.IndexByte(data, '\n'); end >= 0 {
		return end + 1, data[:end], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// Total returns -1: only reading the file to its end would tell.
func (j *JSONLines) Total() int64 { return -1 }

// Close closes the file.
func (j *JSONLines) Close() error { return j.file.Close() }

// Next returns the next line that is not blank.
func (j *JSONLines) Next() (Event, error) {
	// After an error a Scanner would go on with what it has of the line.
	for j.lines.Err() == nil && j.lines.Scan() {
		j.line++
		line := j.lines.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		orderID, userID := j.identify(line)
		return Event{OrderID: orderID, Key: userID, Value: bytes.Clone(line)}, nil
	}
	switch err := j.lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return Event{}, fmt.Errorf("read %s: line %d is longer than %d MiB; does every order stand on a line of its own?",
			j.file.Name(), j.line+1, maxRecord>>20)
	case err != nil:
		return Event{}, fmt.Errorf("read orders: %w", err)
	default:
		return Event{}, io.EOF
	}
}

// identify reads order_id and user_id as far as they can be read: the line may
// be no valid order and even no valid JSON. userID is nil if there is none.
func (j *JSONLines) identify(line []byte) (orderID string, userID []byte) {
	j.decoder.Reset(bytes.NewReader(line), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if start, err := j.decoder.ReadToken(); err != nil || start.Kind() != jsontext.KindBeginObject {
		return "", nil
	}
	for orderID == "" || userID == nil {
		token, err := j.decoder.ReadToken()
		if err != nil || token.Kind() != jsontext.KindString {
			break
		}
		name := token.String()
		if j.decoder.PeekKind() != jsontext.KindString || name != "order_id" && name != "user_id" {
			if j.decoder.SkipValue() != nil {
				break
			}
			continue
		}
		value, err := j.decoder.ReadToken()
		switch {
		case err != nil:
			return orderID, userID
		case name == "order_id":
			orderID = value.String()
		default:
			userID = []byte(value.String())
		}
	}
	return orderID, userID
}
