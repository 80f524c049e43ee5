// Package contestant holds what orderflow is measured against: the fastest loop
// that one would write by hand for this one purpose, and Watermill as its own
// documentation has it. They are honest opponents, and no examples to follow: they
// validate nothing, send no dead letters, and stop at the first error.
package contestant
