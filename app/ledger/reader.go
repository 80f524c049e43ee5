package ledger

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-json-experiment/json"
)

// Reader reads a ledger from its first entry to its last. It is for one
// goroutine.
type Reader struct {
	file   *os.File
	lines  *bufio.Reader
	line   int64 // of the line read last, from 1
	header Header
	cut    int64
}

// Open opens a ledger and reads its header. The error says so when the file is
// no ledger or of a version this program does not read.
func Open(path string) (*Reader, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	r := &Reader{file: file, lines: bufio.NewReader(file)}
	if err := r.readHeader(); err != nil {
		return nil, errors.Join(fmt.Errorf("open ledger %s: %w", path, err), file.Close())
	}
	return r, nil
}

// Header returns the first line.
func (r *Reader) Header() Header { return r.header }

// CutLine returns, once Next has returned io.EOF, the number of the last line if
// the generator was killed while it wrote that line, else 0. The line is left out:
// the order it was about had not been handed to the publisher, or its outcome
// counts as not known.
func (r *Reader) CutLine() int64 { return r.cut }

// Next returns the next entry, and io.EOF after the last one.
func (r *Reader) Next() (Entry, error) {
	line, err := r.read()
	if err != nil {
		return Entry{}, err
	}
	entry, err := decodeEntry(line)
	if err != nil {
		return Entry{}, fmt.Errorf("ledger %s line %d: %w", r.file.Name(), r.line, err)
	}
	return entry, nil
}

// Close closes the file.
func (r *Reader) Close() error { return r.file.Close() }

// read returns the next whole line. A line without its newline was cut.
func (r *Reader) read() ([]byte, error) {
	line, err := r.lines.ReadBytes('\n')
	switch {
	case err == nil:
		r.line++
		return line, nil
	case errors.Is(err, io.EOF):
		if len(line) > 0 {
			r.cut = r.line + 1
		}
		return nil, io.EOF
	default:
		return nil, fmt.Errorf("read ledger: %w", err)
	}
}

func (r *Reader) readHeader() error {
	line, err := r.read()
	if errors.Is(err, io.EOF) {
		return errors.New("the first line is cut or missing: the generator was killed before it sent anything")
	}
	if err != nil {
		return err
	}
	var header struct {
		Ledger    int       `json:"ledger"`
		Topic     string    `json:"topic"`
		StartedAt time.Time `json:"started_at"`
		Seed      uint64    `json:"seed"`
	}
	if err := json.Unmarshal(line, &header); err != nil {
		return fmt.Errorf("the first line is not the header of a ledger: %w", err)
	}
	if header.Ledger != Version {
		return fmt.Errorf("the first line is not the header of a ledger of version %d, the one this program reads", Version)
	}
	r.header = Header{Topic: header.Topic, StartedAt: header.StartedAt, Seed: header.Seed}
	return nil
}
