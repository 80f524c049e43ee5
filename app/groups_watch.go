package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// clear moves a terminal's cursor to its upper left corner, and clears what is below.
const clearScreen = "\x1b[H\x1b[J"

// watch shows what look returns, again and again, until the context ends: on a
// terminal in place, elsewhere one block after the other. Once it has seen something,
// an error is shown and no end: brokers come back.
func watch(s surroundings, interval time.Duration, asJSON bool, look func() (textWriter, error)) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	redraw := !asJSON && onTerminal(s.stdout)
	for first := true; ; first = false {
		result, err := look()
		switch {
		case s.ctx.Err() != nil:
			return nil
		case err != nil && first:
			return err
		case err != nil:
			s.logger.Warn("cannot look; trying again", "error", err)
		default:
			if err := showLook(s.stdout, result, asJSON, redraw); err != nil {
				return err
			}
		}
		select {
		case <-ticker.C:
		case <-s.ctx.Done():
			return nil
		}
	}
}

// showLook writes a look in one piece, so that a terminal does not flicker.
func showLook(w io.Writer, result textWriter, asJSON, redraw bool) error {
	var block bytes.Buffer
	if redraw {
		block.WriteString(clearScreen)
	}
	if !asJSON {
		fmt.Fprintln(&block, time.Now().Format(time.TimeOnly))
	}
	if err := writeResult(&block, result, asJSON); err != nil {
		return err
	}
	if !asJSON && !redraw {
		block.WriteByte('\n')
	}
	_, err := block.WriteTo(w)
	return err
}

// onTerminal reports whether a person is looking.
func onTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
