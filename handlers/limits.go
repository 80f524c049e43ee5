package handlers

import "bytes"

// What a value may cost before anybody looks at its meaning.
const (
	maxValueBytes = 1 << 20
	maxDepth      = 32 // an order itself needs 3: the object, its items, an item
)

// tooDeep reports whether arrays and objects are nested deeper than maxDepth. It
// is exact for JSON; for other text it may say either.
func tooDeep(value []byte) bool {
	if bytes.Count(value, []byte("{"))+bytes.Count(value, []byte("[")) <= maxDepth {
		return false
	}
	depth, inString := 0, false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '"':
			inString = !inString
		case inString && c == '\\':
			i++ // what is escaped does not end the string
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}
