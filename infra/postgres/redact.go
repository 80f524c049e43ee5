package postgres

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// secretSettings are the connection settings whose values are secrets. A key is
// one when it is given itself (sslinline), not as the name of a file.
var secretSettings = []string{"password", "sslpassword", "sslkey"}

func isSecret(name, value string) bool {
	return slices.Contains(secretSettings, name) && value != "" && (name != "sslkey" || strings.Contains(value, "-----"))
}

// assignment is one setting of the form key=value, as lib/pq reads it: the value
// in quotes or bare, with backslashes before what would end it.
var assignment = regexp.MustCompile(`([^\s\v\x{85}\p{Z}=]+)[\s\v\x{85}\p{Z}]*=[\s\v\x{85}\p{Z}]*` +
	`('(?s:[^'\\]|\\.)*'|(?s:[^\s\v\x{85}\p{Z}\\]|\\.)*)`)

// Redact returns a connection URL with a word in place of each secret, and one
// without a secret as it is. What cannot be read as one is replaced as a whole:
// the password may be anywhere in it.
func Redact(databaseURL, word string) string {
	separated := separatePorts(databaseURL)
	if _, err := pq.NewConfig(separated); err != nil {
		return word
	}
	if !strings.HasPrefix(separated, "postgres://") && !strings.HasPrefix(separated, "postgresql://") {
		return redactSettings(databaseURL, word)
	}
	parsed, err := url.Parse(separated)
	if err != nil {
		return word
	}
	query, found := redactQuery(parsed.RawQuery, word)
	parsed.RawQuery = query
	if password, _ := parsed.User.Password(); password != "" {
		parsed.User = url.UserPassword(parsed.User.Username(), word)
		found = true
	}
	if !found {
		return databaseURL
	}
	return parsed.String()
}

func redactSettings(settings, word string) string {
	return assignment.ReplaceAllStringFunc(settings, func(setting string) string {
		parts := assignment.FindStringSubmatch(setting)
		if !isSecret(parts[1], strings.Trim(parts[2], "'")) {
			return setting
		}
		return strings.TrimSuffix(setting, parts[2]) + word
	})
}

// redactQuery keeps the order of the settings.
func redactQuery(query, word string) (redacted string, found bool) {
	settings := strings.Split(query, "&")
	for i, setting := range settings {
		name, value, _ := strings.Cut(setting, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr == nil && valueErr == nil && isSecret(name, value) {
			settings[i] = name + "=" + word
			found = true
		}
	}
	return strings.Join(settings, "&"), found
}
