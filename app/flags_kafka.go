package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/IBM/sarama"

	"orderflow/infra/kafka"
)

// kafkaFlags is how to reach Kafka.
type kafkaFlags struct {
	Bootstrap []string `name:"kafka-bootstrap" env:"KAFKA_BOOTSTRAP" default:"localhost:9092" group:"kafka" help:"Bootstrap servers, host:port, separated by commas." placeholder:"HOST:PORT"`
	kafkaSecurityFlags
}

// kafkaSecurityFlags is what brokers ask of those who come.
type kafkaSecurityFlags struct {
	SASLMechanism string `name:"kafka-sasl-mechanism" env:"KAFKA_SASL_MECHANISM" enum:"none,PLAIN,SCRAM-SHA-256,SCRAM-SHA-512" default:"none" group:"kafka" help:"How to authenticate: none, PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512." placeholder:"NAME"`
	Username      string `name:"kafka-username" env:"KAFKA_USERNAME" group:"kafka" help:"User for SASL." placeholder:"USER"`
	Password      string `name:"kafka-password" env:"KAFKA_PASSWORD" group:"kafka" secret:"value" help:"Password for SASL: in the environment or the file of --config, as other users can read the command line." placeholder:"SECRET"`
	PasswordFile  string `name:"kafka-password-file" env:"KAFKA_PASSWORD_FILE" group:"kafka" help:"File that holds the password for SASL, such as a mounted secret." placeholder:"FILE"`
	TLS           bool   `name:"kafka-tls" env:"KAFKA_TLS" group:"kafka" help:"Encrypt the connections."`
	CAFile        string `name:"kafka-ca-file" env:"KAFKA_CA_FILE" group:"kafka" help:"PEM file of the certificate authorities to trust instead of the system's." placeholder:"FILE"`
	CertFile      string `name:"kafka-cert-file" env:"KAFKA_CERT_FILE" group:"kafka" help:"PEM file of this client's certificate, where the brokers ask for one." placeholder:"FILE"`
	KeyFile       string `name:"kafka-key-file" env:"KAFKA_KEY_FILE" group:"kafka" help:"PEM file of the certificate's private key." placeholder:"FILE"`
}

// config returns the settings of the Kafka clients.
func (f kafkaFlags) config() (config kafka.Config, err error) {
	config.Brokers = f.Bootstrap
	if f.SASLMechanism != "" && f.SASLMechanism != "none" {
		if config.SASL, err = f.sasl(); err != nil {
			return config, usageError{err}
		}
	}
	files := kafka.TLSFiles{CA: f.CAFile, Cert: f.CertFile, Key: f.KeyFile}
	if f.TLS || files != (kafka.TLSFiles{}) {
		if config.TLS, err = files.Config(); err != nil {
			return config, usageError{fmt.Errorf("--kafka-ca-file, --kafka-cert-file, --kafka-key-file: %w", err)}
		}
	}
	return config, nil
}

func (f kafkaSecurityFlags) sasl() (*kafka.SASL, error) {
	password := f.Password
	switch {
	case f.Username == "":
		return nil, fmt.Errorf("--kafka-sasl-mechanism %s needs --kafka-username (KAFKA_USERNAME)", f.SASLMechanism)
	case f.Password != "" && f.PasswordFile != "":
		return nil, errors.New("KAFKA_PASSWORD and --kafka-password-file exclude each other")
	case f.PasswordFile != "":
		content, err := os.ReadFile(f.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("--kafka-password-file: %w", err)
		}
		password = strings.TrimRight(string(content), "\r\n") // editors end a file with a line
	}
	return &kafka.SASL{Mechanism: sarama.SASLMechanism(f.SASLMechanism), Username: f.Username, Password: password}, nil
}

// environment tells a child process of all of this, also of what is not set: it may
// be in the environment of this process, or in its file of --config.
func (f kafkaFlags) environment() []string {
	return []string{
		"KAFKA_BOOTSTRAP=" + strings.Join(f.Bootstrap, ","),
		"KAFKA_SASL_MECHANISM=" + cmp.Or(f.SASLMechanism, "none"),
		"KAFKA_USERNAME=" + f.Username,
		"KAFKA_PASSWORD=" + f.Password,
		"KAFKA_PASSWORD_FILE=" + f.PasswordFile,
		"KAFKA_TLS=" + strconv.FormatBool(f.TLS),
		"KAFKA_CA_FILE=" + f.CAFile,
		"KAFKA_CERT_FILE=" + f.CertFile,
		"KAFKA_KEY_FILE=" + f.KeyFile,
	}
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
