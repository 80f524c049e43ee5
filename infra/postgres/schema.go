package postgres

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

// maxIdentifier is the length that PostgreSQL cuts names to, in bytes (NAMEDATALEN - 1).
const maxIdentifier = 63

var (
	plainGroup    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	notPlain      = regexp.MustCompile(`[^a-z0-9]+`)
	ownedByServer = map[string]bool{"public": true, "information_schema": true}
)

// Schema returns the name of a consumer group's schema. It needs no quoting,
// unless the group is a word of SQL's such as order or user. A group of lower-case words joined by hyphens is named the same with
// underscores: order-processor has order_processor. Any other group is named by
// what is left of it and a hash of the whole, so that no two groups share a schema.
func Schema(group string) string {
	name := strings.ReplaceAll(group, "-", "_")
	if plainGroup.MatchString(group) && len(name) <= maxIdentifier && !reserved(name) {
		return name
	}
	hash := sha256.Sum256([]byte(group))
	suffix := "_" + hex.EncodeToString(hash[:4])
	const prefix = "group_"
	rest := strings.Trim(notPlain.ReplaceAllString(strings.ToLower(group), "_"), "_")
	return prefix + rest[:min(len(rest), maxIdentifier-len(prefix)-len(suffix))] + suffix
}

// reserved reports whether PostgreSQL keeps the name for itself.
func reserved(name string) bool {
	return strings.HasPrefix(name, "pg_") || ownedByServer[name]
}
