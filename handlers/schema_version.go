package handlers

import (
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/go-json-experiment/json/jsontext"
)

// SchemaVersionHeader is the header of a record that says by which rules its value
// is an order. Of several the last counts. A record without it is of Version1.
const SchemaVersionHeader = "schema_version"

// SchemaVersion is a version of the order, as its header says it.
type SchemaVersion string

// The versions that Check knows. Each adds fields: a program that knows only an
// older one reads the order without them.
const (
	Version1 SchemaVersion = "1"
	Version2 SchemaVersion = "2" // has the channel
)

// VersionOf returns the version of the order in a message.
func VersionOf(msg *message.Message) SchemaVersion {
	if version, ok := msg.Metadata[SchemaVersionHeader]; ok {
		return SchemaVersion(version)
	}
	return Version1
}

// checkVersion reports whether the version is known. One that is not may be known
// to a newer program, so the order is not judged by rules that may not be its own.
func checkVersion(r *report, version SchemaVersion) bool {
	if version == Version1 || version == Version2 {
		return true
	}
	r.addf(Version, inOrder(SchemaVersionHeader),
		"must be 1 or 2, is %s: this program does not know it, a newer one may", quote(string(version)))
	return false
}

// checkChannel returns where an order of version 2 came from. To version 1 it is a
// field like any other that is not known.
func checkChannel(r *report, version SchemaVersion, field text) string {
	if version == Version1 {
		return ""
	}
	at := inOrder("channel")
	if !checkKind(r, at, field.found, jsontext.KindString) {
		return ""
	}
	switch field.value {
	case "web", "app", "store":
	default:
		r.addf(Validation, at, "must be web, app or store, is %s", quote(field.value))
	}
	return field.value
}
