// Package telemetry makes the program visible from outside: logs, metrics,
// health and readiness.
package telemetry
