package handlers

import "time"

// parseRFC3339 parses a time as RFC 3339 writes it and in no other way. Package
// time also takes hours of one digit, a comma before the fraction, and zones of
// 24 hours or 60 minutes and more (https://go.dev/issue/54580).
func parseRFC3339(written []byte) (parsed time.Time, ok bool) {
	if parsed.UnmarshalText(written) != nil {
		return time.Time{}, false
	}
	const hour, seconds = len("2006-01-02T"), len("2006-01-02T15:04:05")
	if written[hour+1] == ':' || written[seconds] == ',' {
		return time.Time{}, false
	}
	if written[len(written)-1] == 'Z' {
		return parsed, true
	}
	zone := string(written[len(written)-len("07:00"):])
	if zone[:2] > "23" || zone[3:] > "59" {
		return time.Time{}, false
	}
	return parsed, true
}
