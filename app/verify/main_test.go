package verify_test

import (
	"os"
	"testing"

	"orderflow/infra/embedded/servertest"
)

func TestMain(m *testing.M) {
	if world := os.Getenv(measureEnv); world != "" {
		measure(world)
		return
	}
	servertest.Main(m)
}
