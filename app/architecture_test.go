package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The rules of docs/architecture.md on who may import whom. Tests may import
// what they need.
func TestDependencyRules(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	require.Contains(t, packages, "orderflow/handlers")
	require.Contains(t, packages, "orderflow/infra/kafka")
	for name, imports := range packages {
		for _, imported := range imports {
			if reason := forbidden(name, imported); reason != "" {
				t.Errorf("%s imports %s: %s", name, imported, reason)
			}
		}
	}
	require.NotContains(t, packages["orderflow/app"], "orderflow/infra/embedded/servertest")
}

func forbidden(name, imported string) string {
	inside := func(path, folder string) bool {
		return path == "orderflow/"+folder || strings.HasPrefix(path, "orderflow/"+folder+"/")
	}
	switch {
	case (inside(name, "handlers") || inside(name, "middleware")) && inside(imported, "infra"):
		return "what happens to an order knows no Kafka and no SQL"
	case inside(name, "handlers") && inside(imported, "middleware"):
		return "handlers stand alone"
	case inside(name, "infra") && inside(imported, "infra") && infraPart(name) != infraPart(imported):
		return "the parts of infra do not know each other"
	case !inside(name, "app") && inside(imported, "app"):
		return "only app sees everything"
	default:
		return ""
	}
}

// infraPart returns the folder below infra that a package is in.
func infraPart(name string) string {
	return strings.SplitN(name, "/", 4)[2]
}

// The rules must be able to fail.
func TestDependencyRulesForbid(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, forbidden("orderflow/handlers", "orderflow/infra/kafka"))
	require.NotEmpty(t, forbidden("orderflow/middleware", "orderflow/infra/postgres"))
	require.NotEmpty(t, forbidden("orderflow/infra/kafka", "orderflow/infra/embedded"))
	require.NotEmpty(t, forbidden("orderflow/infra/kafka", "orderflow/app/ledger"))
	require.Empty(t, forbidden("orderflow/infra/embedded/servertest", "orderflow/infra/embedded"))
	require.Empty(t, forbidden("orderflow/infra/kafka", "orderflow/handlers"))
}

// listPackages returns the imports of each package of this module.
func listPackages(t *testing.T) map[string][]string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...")
	list.Dir = ".."
	output, err := list.Output()
	require.NoError(t, err)
	packages := map[string][]string{}
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var listed struct {
			ImportPath string
			Imports    []string
		}
		err := decoder.Decode(&listed)
		if errors.Is(err, io.EOF) {
			return packages
		}
		require.NoError(t, err)
		packages[listed.ImportPath] = listed.Imports
	}
}
