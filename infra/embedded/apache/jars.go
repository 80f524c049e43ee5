package apache

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Version is that of Apache Kafka, also in pom.xml.
const Version = "4.3.0"

//go:embed pom.xml
var pom []byte

//go:embed log4j2.properties
var logging []byte

// fetching is held by the goroutine that fetches.
var fetching sync.Mutex

// Jars returns the directory with the jars of Apache Kafka in the user's cache,
// and has Maven put them there, 60 MB, when they are missing. Processes do not
// meet: each fetches into a directory of its own, and the first to rename it wins.
func Jars(ctx context.Context) (string, error) {
	fetching.Lock()
	defer fetching.Unlock()
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a cache directory for Apache Kafka: %w", err)
	}
	cache = filepath.Join(cache, "orderflow")
	content := fmt.Sprintf("%.4x", sha256.Sum256(append(slices.Clone(pom), logging...)))
	final := filepath.Join(cache, "apache-kafka-"+Version+"-"+content)
	if complete(final) {
		return final, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("create a cache for Apache Kafka: %w", err)
	}
	work, err := os.MkdirTemp(cache, "fetch-")
	if err != nil {
		return "", fmt.Errorf("create a directory for Apache Kafka: %w", err)
	}
	defer os.RemoveAll(work)
	if err := fetch(ctx, work); err != nil {
		return "", err
	}
	renameErr := os.Rename(work, final)
	if !complete(final) {
		return "", fmt.Errorf("keep Apache Kafka in %s: %w; remove it and try again", final, renameErr)
	}
	return final, nil
}

func complete(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "kafka_2.13-"+Version+".jar"))
	return err == nil
}

// fetch puts the jars and what else java needs into a directory.
func fetch(ctx context.Context, dir string) error {
	pomFile := filepath.Join(dir, "pom.xml")
	err := errors.Join(os.WriteFile(pomFile, pom, 0o600), os.WriteFile(filepath.Join(dir, "log4j2.properties"), logging, 0o600))
	if err != nil {
		return fmt.Errorf("prepare to fetch Apache Kafka: %w", err)
	}
	maven := exec.CommandContext(ctx, "mvn", "--batch-mode", "--quiet", "--file", pomFile,
		"dependency:copy-dependencies", "-DoutputDirectory="+dir)
	if output, err := maven.CombinedOutput(); err != nil {
		return fmt.Errorf("fetch Apache Kafka %s by Maven: %w %s; check the network, and that Maven and Java are there (apt install maven default-jdk-headless)",
			Version, err, strings.TrimSpace(string(output)))
	}
	return nil
}

// Tool returns a command that runs a class of the jars, such as
// org.apache.kafka.tools.TopicCommand, which is kafka-topics.sh.
func Tool(ctx context.Context, class string, args ...string) (*exec.Cmd, error) {
	jars, err := Jars(ctx)
	if err != nil {
		return nil, err
	}
	java := tool(jars, class, args...)
	return exec.CommandContext(ctx, java[0], java[1:]...), nil
}

// quickly is for what runs briefly: what is compiled well pays off later than our
// tests run, and starting takes half as long without.
var quickly = []string{"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"}

// java returns a command line.
func java(jars string, options []string, class string, args ...string) []string {
	line := append([]string{"java"}, options...)
	line = append(line,
		"-Dlog4j2.configurationFile="+filepath.Join(jars, "log4j2.properties"),
		"-cp", filepath.Join(jars, "*"), class)
	return append(line, args...)
}

// tool returns the command line of a program that ends by itself.
func tool(jars, class string, args ...string) []string {
	return java(jars, append([]string{"-Xmx128m"}, quickly...), class, args...)
}
