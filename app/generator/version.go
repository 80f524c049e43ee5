package generator

import "orderflow/handlers"

// WithVersion returns the source with a header schema_version on every record. The
// values stay as they are.
func WithVersion(source Source, version handlers.SchemaVersion) Source {
	return versioned{source, version}
}

type versioned struct {
	Source

	version handlers.SchemaVersion
}

// Next returns the next record.
func (v versioned) Next() (Event, error) {
	event, err := v.Source.Next()
	event.Version = v.version
	return event, err
}
