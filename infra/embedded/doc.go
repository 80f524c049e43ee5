// Package embedded runs the servers that orderflow needs without Docker: Kafka
// inside this process and PostgreSQL as its child. Both listen on 127.0.0.1
// only, and neither outlives the process that started it, whatever ends it.
package embedded
