package contestant_test

import (
	"testing"

	"orderflow/infra/embedded/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }
