package main

import (
	"net/url"
	"regexp"
	"strconv"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"orderflow/infra/kafka"
)

// What runs by `docker compose up` must be what the defaults look for.
func TestComposeAgreesWithTheDefaults(t *testing.T) {
	t.Parallel()
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  "..",
		ConfigFiles: []types.ConfigFile{{Filename: "../docker-compose.yml"}},
	})
	require.NoError(t, err)
	processor := parseDefaults(t, "processor").Processor

	t.Run("kafka", func(t *testing.T) {
		t.Parallel()
		service := project.Services["kafka"]
		require.Equal(t, []string{"localhost:" + published(t, service)}, processor.Bootstrap)
		require.Contains(t, *service.Environment["KAFKA_ADVERTISED_LISTENERS"], "HOST://"+processor.Bootstrap[0])
		require.Equal(t, "none", processor.SASLMechanism)
		require.Contains(t, *service.Environment["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"], "HOST:PLAINTEXT")
		requireDurable(t, service, project)
		require.Equal(t, *service.Environment["KAFKA_LOG_DIRS"], service.Volumes[0].Target)
	})
	t.Run("topics", func(t *testing.T) {
		t.Parallel()
		script := project.Services["topics"].Command[0]
		limits, err := kafka.WithRoomForHeaders(kafka.Topic{Configs: map[string]string{kafka.MaxMessageBytes: "1048588"}})
		require.NoError(t, err)
		created := regexp.MustCompile(`--topic (\S+) --partitions (\d+)(?: --config max.message.bytes=(\d+))?`).FindAllStringSubmatch(script, -1)
		require.Len(t, created, 2)
		require.Equal(t, []string{processor.Topic, strconv.Itoa(partitions), ""}, created[0][1:])
		require.Equal(t, []string{processor.deadLetterTopic(), strconv.Itoa(partitions), limits[kafka.MaxMessageBytes]}, created[1][1:])
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		service := project.Services["postgres"]
		database, err := url.Parse(processor.URL)
		require.NoError(t, err)
		password, _ := database.User.Password()
		require.Equal(t, "localhost:"+published(t, service), database.Host)
		require.Equal(t, *service.Environment["POSTGRES_USER"], database.User.Username())
		require.Equal(t, *service.Environment["POSTGRES_PASSWORD"], password)
		require.Equal(t, "/"+*service.Environment["POSTGRES_DB"], database.Path)
		requireDurable(t, service, project)
	})
}

// published returns the one port of a service, which must be reachable from this
// machine alone.
func published(t *testing.T, service types.ServiceConfig) string {
	t.Helper()
	require.Len(t, service.Ports, 1)
	require.Equal(t, "127.0.0.1", service.Ports[0].HostIP)
	return service.Ports[0].Published
}

// requireDurable asks for a health check and a named volume.
func requireDurable(t *testing.T, service types.ServiceConfig, project *types.Project) {
	t.Helper()
	require.NotNil(t, service.HealthCheck)
	require.NotEmpty(t, service.HealthCheck.Test)
	require.Len(t, service.Volumes, 1)
	require.Equal(t, types.VolumeTypeVolume, service.Volumes[0].Type)
	require.Contains(t, project.Volumes, service.Volumes[0].Source)
}
