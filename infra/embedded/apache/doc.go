// Package apache runs real Apache Kafka, one broker or several, for tests: as
// children of this process, from the jars of Maven Central, without Docker. It
// needs Java 17 and, the first time, Maven. The brokers listen on 127.0.0.1 only
// and do not outlive this process, whatever ends it; their data goes with them.
package apache
