package report

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"orderflow/app/lab"
)

func TestWriteAllFiles(t *testing.T) {
	t.Parallel()
	dir := written(t, fixture())
	want := []string{"index.html", "lost-and-doubled.svg", "results.json"}
	for _, fault := range []string{"none", "kill", "zombie", "rebalance", "database", "broker"} {
		want = append(want, "orders-over-time-"+fault+".svg", "latency-"+fault+".svg")
	}
	require.ElementsMatch(t, want, names(t, dir))
	for _, name := range want {
		if strings.HasSuffix(name, ".svg") {
			requireXML(t, filepath.Join(dir, name))
		}
	}
}

func TestPageNeedsNoNetwork(t *testing.T) {
	t.Parallel()
	page := read(t, written(t, fixture()), "index.html")
	page = strings.ReplaceAll(page, `xmlns="http://www.w3.org/2000/svg"`, "") // a name that nobody fetches
	for _, external := range []string{"http:", "https:", "//", "src=", "href=", "@import", "url(", "<script", "<link"} {
		require.NotContains(t, page, external)
	}
}

func TestPageShowsAllCells(t *testing.T) {
	t.Parallel()
	result := fixture()
	page := parse(t, read(t, written(t, result), "index.html"))
	var matrix []string
	for cell := range page.Descendants() {
		if cell.Data == "td" && cell.Parent.Parent.Parent.Attr[0].Val == "matrix" {
			matrix = append(matrix, shown(cell))
		}
	}
	require.Len(t, matrix, len(result.Cells))
	for i, cell := range result.Cells {
		require.Equal(t, thousands(cell.Lost)+" lost "+thousands(cell.Duplicated)+" doubled "+judge(cell).Word, matrix[i])
	}
	all := shown(page)
	require.Contains(t, all, "Every promise was kept in all 24 cells")
	require.Contains(t, all, "20,000 orders in each cell")
	require.Contains(t, all, "started 23 November 2026, 15:04 UTC")
	require.Contains(t, all, "go run ./app compare --orders 20000 --out report")
	require.NotContains(t, all, guaranteeOf("analytics").Why, "it did not take part")
	for _, g := range guarantees[:4] {
		require.Contains(t, all, g.Why)
	}
}

func TestSumsThatAreOffAreABrokenPromise(t *testing.T) {
	t.Parallel()
	result := fixture()
	for i := range result.Cells {
		if result.Cells[i].Delivery == "at-most-once" {
			result.Cells[i].Delivery = "analytics"
		}
	}
	sums := slices.IndexFunc(result.Cells, func(c lab.Cell) bool { return c.Delivery == "analytics" && c.Fault == "zombie" })
	require.Nil(t, Broken(result.Cells[sums]))
	result.Cells[sums].SumsOff = 1
	require.Equal(t, []string{"sums off"}, Broken(result.Cells[sums]))
	page := shown(parse(t, read(t, written(t, result), "index.html")))
	require.Contains(t, page, guaranteeOf("analytics").Why)
	require.Contains(t, page, "analytics under zombie BROKEN: sums off")
}

func TestPageNamesBrokenPromisesAndMissingCells(t *testing.T) {
	t.Parallel()
	result := fixture()
	result.Cells = append(result.Cells[:7], broken()) // rather than exactly-once under kill, and nothing after it
	result.Cells = slices.Delete(result.Cells, 5, 6)  // auto-commit under kill
	dir := written(t, result)
	page := shown(parse(t, read(t, dir, "index.html")))
	require.Contains(t, page, "A promise was broken in 1 of 7 cells.")
	require.Contains(t, page, "exactly-once under kill BROKEN: lost, doubled")
	require.Contains(t, page, "not run")
	require.Contains(t, read(t, dir, "lost-and-doubled.svg"), "! = a promise is broken")
}

func TestNamesAreEscaped(t *testing.T) {
	t.Parallel()
	const evil = `../<b title="x">&`
	result := fixture()
	for i := range result.Cells {
		result.Cells[i].Fault = evil
	}
	result.Cells[0].Delivery = evil
	dir := written(t, result)
	require.Len(t, names(t, dir), 5)
	for _, name := range names(t, dir) {
		switch filepath.Ext(name) {
		case ".svg":
			requireXML(t, filepath.Join(dir, name))
		case ".html":
			require.NotContains(t, read(t, dir, name), "<b title")
			require.Contains(t, shown(parse(t, read(t, dir, name))), evil)
		}
	}
}

func TestWriteLittle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		cells []lab.Cell
		want  string // on the page
	}{
		{"nothing", nil, "No cell was run"},
		{"no course", []lab.Cell{broken()}, "No course over time was recorded."},
		{"an empty course", []lab.Cell{{Delivery: "auto-commit", Fault: "none", Course: &lab.Course{}}}, "seconds since the start"},
		{"a soak", []lab.Cell{{Delivery: "exactly-once", Fault: "soak", Injected: 200}}, "--soak --faults 200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := written(t, lab.Result{Cells: c.cells})
			page := read(t, dir, "index.html")
			require.Contains(t, shown(parse(t, page)), c.want)
			for _, name := range names(t, dir) {
				require.NotContains(t, read(t, dir, name), "NaN")
				require.NotContains(t, read(t, dir, name), "Inf")
			}
		})
	}
}

func TestWriteSaysWhatToDo(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	err := Write(filepath.Join(file, "report"), fixture())
	require.ErrorContains(t, err, "choose another one with --out")
}

// written returns the directory of a new report.
func written(t *testing.T, result lab.Result) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new", "report")
	require.NoError(t, Write(dir, result))
	return dir
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return all
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(content)
}

func parse(t *testing.T, page string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	return root
}

// shown is what a reader sees of a node, with single blanks.
func shown(node *html.Node) string {
	var b strings.Builder
	for n := range node.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func requireXML(t *testing.T, path string) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	decoder := xml.NewDecoder(file)
	elements := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err, path)
		if start, ok := token.(xml.StartElement); ok {
			if elements == 0 {
				require.Equal(t, xml.Name{Space: "http://www.w3.org/2000/svg", Local: "svg"}, start.Name)
			}
			elements++
		}
	}
	require.Greater(t, elements, 10, path)
}
