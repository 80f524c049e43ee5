package embedded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// downloadVersion is the newest that the library knows.
const downloadVersion = embeddedpostgres.V18

// downloading is held while http.DefaultTransport is replaced.
var downloading sync.Mutex

func downloadMajor() int { return versionIn(string(downloadVersion)) }

// cacheDir returns where downloads are kept. Root's own cache is closed to the
// user as whom root has to run the server.
func cacheDir() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/cache/orderflow", nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a cache directory for PostgreSQL: %w", err)
	}
	return filepath.Join(dir, "orderflow"), nil
}

// download returns the bin directory of a PostgreSQL in the cache, and puts it
// there when it is missing. Goroutines download one after another, of which the
// first does the work. Processes do not meet: each unpacks into a directory of
// its own, and the first to rename it wins.
func download(ctx context.Context, cache string, progress func(done, total int64)) (string, error) {
	downloading.Lock()
	defer downloading.Unlock()
	final := filepath.Join(cache, "postgres-"+string(downloadVersion))
	bin := filepath.Join(final, "bin")
	if _, err := majorOf(bin); err == nil {
		return bin, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("create a cache for PostgreSQL: %w", err)
	}
	work, err := os.MkdirTemp(cache, "download-")
	if err != nil {
		return "", fmt.Errorf("create a directory to download PostgreSQL to: %w", err)
	}
	defer os.RemoveAll(work)

	unpacked := filepath.Join(work, "postgres")
	if err := fetch(ctx, progress, work, unpacked); err != nil {
		return "", fmt.Errorf("download PostgreSQL %s for %s/%s: %w; check the network, or install PostgreSQL "+
			"(apt install postgresql, dnf install postgresql-server, brew install postgresql)",
			downloadVersion, runtime.GOOS, runtime.GOARCH, err)
	}
	renameErr := os.Rename(unpacked, final)
	if _, err := majorOf(bin); err != nil {
		return "", fmt.Errorf("keep the downloaded PostgreSQL in %s: %w; remove it and try again, or install PostgreSQL",
			final, errors.Join(renameErr, err))
	}
	return bin, nil
}

// fetch has the library download and unpack the binaries, and nothing more. It
// offers no such call, only Start, which would go on to run them with pg_ctl;
// that detaches the server, and a detached server outlives us. But Start makes
// its runtime directory right after unpacking, and cannot do so below a file.
func fetch(ctx context.Context, progress func(done, total int64), work, unpacked string) error {
	program := filepath.Join(unpacked, "bin", "postgres")
	config := embeddedpostgres.DefaultConfig().
		Version(downloadVersion).
		Port(0). // Start wants it to be free
		CachePath(work).
		BinariesPath(unpacked).
		RuntimePath(filepath.Join(program, "none")).
		Logger(io.Discard)

	// The library has no hook for progress or a context either; it uses the
	// default client, so for this moment that goes through the meter.
	meter := newMeter(ctx, http.DefaultTransport, progress)
	http.DefaultTransport = meter
	defer func() {
		http.DefaultTransport = meter.next
		http.DefaultClient.CloseIdleConnections() // there is nothing more to ask
	}()
	err := embeddedpostgres.NewDatabase(config).Start()

	if _, statErr := os.Stat(program); statErr == nil && meter.err == nil {
		return nil
	}
	return cmp.Or(meter.err, err) // the library drops the cause of a failed request
}
