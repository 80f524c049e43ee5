package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"
)

// TLSFiles are the PEM files of a TLS connection. The zero value trusts the
// system's certificate authorities and shows no certificate.
type TLSFiles struct {
	// CA are the certificate authorities to trust instead of the system's.
	CA string
	// Cert is the client's certificate, with those of intermediate authorities
	// after it, and Key its private key: both or neither.
	Cert, Key string
}

// Config reads the files. The client's certificate is read again for each
// connection, so that one that is renewed in time needs no restart. An expired one
// is refused here, where the file can be named: brokers just hang up.
func (f TLSFiles) Config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if f.CA != "" {
		pem, err := os.ReadFile(f.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate in PEM form", f.CA)
		}
	}
	if f.Cert == "" && f.Key == "" {
		return config, nil
	}
	if f.Cert == "" || f.Key == "" {
		return nil, errors.New("a client's certificate and its key belong together: name both files")
	}
	if _, err := f.own(); err != nil {
		return nil, err
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return f.own() }
	return config, nil
}

// own reads the client's certificate.
func (f TLSFiles) own() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("read the client's certificate %s with the key %s: %w", f.Cert, f.Key, err)
	}
	if until := pair.Leaf.NotAfter; time.Now().After(until) {
		return nil, fmt.Errorf("the client's certificate %s has expired on %s: have it renewed",
			f.Cert, until.UTC().Format(time.RFC3339))
	}
	return &pair, nil
}
