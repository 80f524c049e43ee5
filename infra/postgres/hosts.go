package postgres

import (
	"net/url"
	"strconv"
	"strings"
)

const defaultPort = "5432"

// separatePorts returns a URL of several hosts, postgres://a:5432,b:5432/database
// as libpq takes it, in the form that lib/pq takes: its URLs cannot have more than
// one port in that place, so hosts and ports become settings. Any other text is
// returned as it is.
func separatePorts(databaseURL string) string {
	scheme, rest, isURL := strings.Cut(databaseURL, "://")
	if !isURL || scheme != "postgres" && scheme != "postgresql" {
		return databaseURL
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, path := rest[:end], rest[end:]
	at := strings.LastIndex(authority, "@") + 1
	addresses := strings.Split(authority[at:], ",")
	if len(addresses) == 1 || !strings.Contains(authority[at:], ":") {
		return databaseURL
	}
	var hosts, ports []string
	for _, address := range addresses {
		host, port := address, defaultPort
		if colon := strings.LastIndex(address, ":"); colon > strings.LastIndex(address, "]") {
			host, port = address[:colon], address[colon+1:]
		}
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return databaseURL // lib/pq would quote it, and it may be of a password with a slash
		}
		hosts = append(hosts, strings.Trim(host, "[]"))
		ports = append(ports, port)
	}
	settings := url.Values{"host": {strings.Join(hosts, ",")}, "port": {strings.Join(ports, ",")}}
	path, query, _ := strings.Cut(path, "?")
	if query != "" {
		query += "&"
	}
	return scheme + "://" + authority[:at] + path + "?" + query + settings.Encode()
}
