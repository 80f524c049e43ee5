package embedded

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldestMajor is the oldest PostgreSQL that is used when the system has it.
// Version 10 was the first to write to postmaster.pid that it is ready.
const oldestMajor = 12

// systemPatterns are where packages put a server's binaries, off the PATH.
var systemPatterns = []string{
	"/usr/lib/postgresql/*/bin",                   // Debian, Ubuntu
	"/usr/pgsql-*/bin",                            // Red Hat, packages of postgresql.org
	"/usr/libexec/postgresql*",                    // Alpine
	"/opt/homebrew/opt/postgresql*/bin",           // Homebrew on Apple silicon
	"/usr/local/opt/postgresql*/bin",              // Homebrew on Intel
	"/Applications/Postgres.app/Contents/*/*/bin", // Postgres.app
}

var number = regexp.MustCompile(`\d+`)

// findBinaries returns a directory with initdb and postgres: the caller's, the
// system's, or a downloaded one. It takes only the given major version, because
// no other can read the data; 0 takes any.
func findBinaries(ctx context.Context, opts PostgresOptions, major int) (string, error) {
	if opts.BinDir != "" {
		found, err := majorOf(opts.BinDir)
		if err != nil {
			return "", fmt.Errorf("find initdb and postgres in %s: %w; name the directory that has both, or none to have them found", opts.BinDir, err)
		}
		if major != 0 && found != major {
			return "", otherMajorError(opts.DataDir, major)
		}
		return filepath.Abs(opts.BinDir)
	}
	for _, dir := range systemDirs() {
		found, err := majorOf(dir)
		if err == nil && found >= oldestMajor && (major == 0 || found == major) {
			return dir, nil
		}
	}
	if major != 0 && major != downloadMajor() {
		return "", otherMajorError(opts.DataDir, major)
	}
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	return download(ctx, cache, opts.Progress)
}

func otherMajorError(dir string, major int) error {
	return fmt.Errorf("the data in %s was written by PostgreSQL %d, of which no binaries were found: "+
		"install PostgreSQL %d, or move the directory away to start empty", dir, major, major)
}

// systemDirs lists where binaries may be, best first.
func systemDirs() []string {
	var dirs []string
	if output, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(output)))
	}
	for _, pattern := range systemPatterns {
		matches, _ := filepath.Glob(pattern) // errs on a bad pattern only
		slices.SortFunc(matches, func(a, b string) int { return cmp.Compare(versionIn(b), versionIn(a)) })
		dirs = append(dirs, matches...)
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(path))
		}
	}
	return dirs
}

// versionIn returns the first number in a text, 0 if there is none.
func versionIn(text string) int {
	version, _ := strconv.Atoi(number.FindString(text))
	return version
}

// majorOf returns the major version of the binaries in a directory, and an
// error unless both are there and run.
func majorOf(dir string) (int, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0, err
	}
	// Prints, for instance, "postgres (PostgreSQL) 17.5 (Debian 17.5-1)".
	output, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0, err
	}
	return versionIn(string(output)), nil
}
