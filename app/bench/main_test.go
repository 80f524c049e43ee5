package bench

import (
	"testing"

	"orderflow/infra/embedded/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }
