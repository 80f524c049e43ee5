// Package middleware holds what Watermill's own middleware lacks: dead letters
// that keep the record byte for byte, a pause for as long as the database is
// down, a class for panics, a limit to dead-lettering.
//
// The layers must stand in this order, outermost first:
//
//	metrics      sees every message once, with the time that all attempts took
//	dead letter  publishes what failed for good; outside everything that may still save it
//	outage       holds all messages back while the database is down; outside retry,
//	             which would count the outage against the one message
//	together     handles bundles of records past the layers inside; outside of them,
//	             because they are about single records, and inside of outage, which
//	             holds bundles back like any message
//	retry        tries again what concerns one message and passes (Watermill's)
//	attempts     counts each call of the handler that fails; inside retry, or it
//	             would count them as one
//	recover      makes an error of a panic; inside, so that a message that makes
//	             the handler panic is counted and dead-lettered, and not
//	             redelivered for ever
package middleware
