package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/IBM/sarama"

	"orderflow/infra/kafka"
)

// kafkaFlags is how to reach Kafka.
type kafkaFlags struct {
	Bootstrap     []string `name:"kafka-bootstrap" env:"KAFKA_BOOTSTRAP" default:"localhost:9092" group:"kafka" help:"Bootstrap servers, host:port, separated by commas." placeholder:"HOST:PORT"`
	SASLMechanism string   `name:"kafka-sasl-mechanism" env:"KAFKA_SASL_MECHANISM" enum:"none,PLAIN,SCRAM-SHA-256,SCRAM-SHA-512" default:"none" group:"kafka" help:"How to authenticate: none, PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512." placeholder:"NAME"`
	Username      string   `name:"kafka-username" env:"KAFKA_USERNAME" group:"kafka" help:"User for SASL." placeholder:"USER"`
	Password      string   `name:"kafka-password" env:"KAFKA_PASSWORD" group:"kafka" secret:"value" help:"Password for SASL; better in the environment, where other users cannot see it." placeholder:"SECRET"`
	TLS           bool     `name:"kafka-tls" env:"KAFKA_TLS" group:"kafka" help:"Encrypt the connections."`
	CAFile        string   `name:"kafka-ca-file" env:"KAFKA_CA_FILE" group:"kafka" help:"PEM file of the certificate authorities to trust instead of the system's." placeholder:"FILE"`
}

// config returns the settings of the Kafka clients.
func (f kafkaFlags) config() (kafka.Config, error) {
	config := kafka.Config{Brokers: f.Bootstrap}
	if f.SASLMechanism != "none" {
		if f.Username == "" {
			return config, usageError{fmt.Errorf("--kafka-sasl-mechanism %s needs --kafka-username (KAFKA_USERNAME)", f.SASLMechanism)}
		}
		config.SASL = &kafka.SASL{
			Mechanism: sarama.SASLMechanism(f.SASLMechanism),
			Username:  f.Username,
			Password:  f.Password,
		}
	}
	if f.TLS || f.CAFile != "" {
		config.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if f.CAFile != "" {
		pem, err := os.ReadFile(f.CAFile)
		if err != nil {
			return config, usageError{fmt.Errorf("--kafka-ca-file: %w", err)}
		}
		config.TLS.RootCAs = x509.NewCertPool()
		if !config.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return config, usageError{fmt.Errorf("--kafka-ca-file: %s holds no certificate in PEM form", f.CAFile)}
		}
	}
	return config, nil
}

// topicFlags names the topics.
type topicFlags struct {
	Topic string `default:"orders" group:"kafka" help:"Topic of the orders." placeholder:"NAME"`
}

// Validate is called by kong.
func (f topicFlags) Validate() error {
	return kafka.CheckTopicName(f.Topic)
}

// partitions is how many partitions the topics get that this program creates.
const partitions = 3
