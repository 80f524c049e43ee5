package servertest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Authority is a certificate authority of one test.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	// File is the authority's own certificate, as PEM.
	File string
}

// Certificate is what an Authority has issued, as PEM files and as their content.
type Certificate struct {
	CertFile, KeyFile string
	Cert, Key         string
}

// NewAuthority makes an authority that issues certificates for a day.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{certificate: template("authority "+rand.Text(), time.Now().Add(24*time.Hour)), key: newKey(t)}
	a.certificate.IsCA = true
	a.certificate.BasicConstraintsValid = true
	a.certificate.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, a.certificate, a.certificate, a.key.Public(), a.key)
	require.NoError(t, err)
	a.File = filepath.Join(DataDir(t), "ca.pem")
	require.NoError(t, os.WriteFile(a.File, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644))
	return a
}

// Issue returns a certificate for a client or, with the names and addresses that
// it is reached by, for a server.
func (a *Authority) Issue(t testing.TB, commonName string, hosts ...string) Certificate {
	t.Helper()
	return a.IssueUntil(t, time.Now().Add(24*time.Hour), commonName, hosts...)
}

// IssueUntil returns one that expires at a time, which may be over.
func (a *Authority) IssueUntil(t testing.TB, end time.Time, commonName string, hosts ...string) Certificate {
	t.Helper()
	certificate, key := template(commonName, end), newKey(t)
	certificate.KeyUsage = x509.KeyUsageDigitalSignature
	certificate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if address := net.ParseIP(host); address != nil {
			certificate.IPAddresses = append(certificate.IPAddresses, address)
		} else {
			certificate.DNSNames = append(certificate.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, certificate, a.certificate, key.Public(), a.key)
	require.NoError(t, err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key) // the form that Java takes
	require.NoError(t, err)

	dir := DataDir(t)
	issued := Certificate{
		CertFile: filepath.Join(dir, commonName+".pem"), KeyFile: filepath.Join(dir, commonName+".key"),
		Cert: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		Key:  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})),
	}
	require.NoError(t, os.WriteFile(issued.CertFile, []byte(issued.Cert), 0o644))
	require.NoError(t, os.WriteFile(issued.KeyFile, []byte(issued.Key), 0o600))
	return issued
}

// Server returns what a server in this process that shows the certificate needs to
// ask its clients for one of this authority.
func (a *Authority) Server(t testing.TB, own Certificate) *tls.Config {
	t.Helper()
	pair, err := tls.X509KeyPair([]byte(own.Cert), []byte(own.Key))
	require.NoError(t, err)
	clients := x509.NewCertPool()
	content, err := os.ReadFile(a.File)
	require.NoError(t, err)
	require.True(t, clients.AppendCertsFromPEM(bytes.TrimSpace(content)))
	return &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair},
		ClientCAs: clients, ClientAuth: tls.RequireAndVerifyClientCert,
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key
}

func template(commonName string, end time.Time) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(1<<62)) // crypto/rand does not fail
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    end.Add(-48 * time.Hour),
		NotAfter:     end,
	}
}
