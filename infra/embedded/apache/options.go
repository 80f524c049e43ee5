package apache

import "maps"

// Options say what cluster to run.
type Options struct {
	// Brokers is how many; each is a controller too. 0 is 1. With three, topics
	// have three replicas of which two must be in sync, and any one may fail.
	Brokers int
	// Protocol is how clients speak to the brokers: PLAINTEXT (what "" means), SSL,
	// SASL_PLAINTEXT or SASL_SSL. The last three need Properties.
	Protocol string
	// Properties returns what is added to the server.properties of a broker, 1 for
	// the first, and wins over what would be there; nil adds nothing. The listener
	// for clients is named CLIENT, so what is its alone begins with
	// listener.name.client.
	Properties func(broker int) map[string]string
	// Measured is for a broker whose speed matters: it has the heap and the compilers
	// that Kafka's own script gives it, and takes longer to start.
	Measured bool
}

// jvm returns the options of a broker's Java.
func (o Options) jvm() []string {
	if o.Measured {
		return []string{"-Xms1g", "-Xmx1g"}
	}
	return append([]string{"-Xmx384m"}, quickly...)
}

func (o Options) withDefaults() Options {
	o.Brokers = max(o.Brokers, 1)
	if o.Protocol == "" {
		o.Protocol = "PLAINTEXT"
	}
	if o.Properties == nil {
		o.Properties = func(int) map[string]string { return nil }
	}
	return o
}

// properties returns the server.properties of a broker, but for what the caller
// adds: Kafka's own defaults where they are not too slow or too large for a test.
func (c *Cluster) properties(b *Broker) map[string]string {
	replicas, inSync := "1", "1"
	if len(c.brokers) >= 3 {
		replicas, inSync = "3", "2"
	}
	properties := map[string]string{
		"process.roles":                  "broker,controller",
		"node.id":                        b.name(),
		"controller.quorum.voters":       c.voters(),
		"controller.listener.names":      "CONTROLLER",
		"listeners":                      b.listeners("CLIENT", "INTERNAL", "CONTROLLER"),
		"advertised.listeners":           b.listeners("CLIENT", "INTERNAL"),
		"inter.broker.listener.name":     "INTERNAL",
		"listener.security.protocol.map": "CLIENT:" + c.options.Protocol + ",INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"log.dirs":                       b.data(),

		"default.replication.factor":               replicas,
		"min.insync.replicas":                      inSync,
		"offsets.topic.replication.factor":         replicas,
		"transaction.state.log.replication.factor": replicas,
		"transaction.state.log.min.isr":            inSync,

		// As docker-compose.yml has it: a topic that is misspelled shall not appear,
		// and the first member of a group need not wait for others.
		"auto.create.topics.enable":        "false",
		"group.initial.rebalance.delay.ms": "0",
		// Fifty partitions of each are for large clusters.
		"offsets.topic.num.partitions":         "6",
		"transaction.state.log.num.partitions": "6",
		// Tests of retention have no five minutes.
		"log.retention.check.interval.ms": "1000",
		// Where an authorizer is set, who comes by the internal listener may do all.
		"super.users": "User:ANONYMOUS",
	}
	maps.Copy(properties, c.options.Properties(b.id))
	return properties
}
