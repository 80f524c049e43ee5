package handlers

// Check is CheckVersion for a record without a header that says otherwise.
func Check(key, value []byte) (Order, error) {
	return CheckVersion(Version1, key, value)
}

// CheckVersion decodes and validates the value of a record by the rules of a
// version, and compares the record's key, nil if it has none, with the order's
// user. The order is as it is stored: CreatedAt in UTC.
//
// The error is a Failure that wraps an *InvalidError with all reasons. Its class
// is Decode if the value is no JSON, too large or too deep to be read, or if a
// field is missing or of the wrong type, Validation if only rules are broken, and
// Version if the rules are not known.
//
// CheckVersion keeps neither key nor value and may be called concurrently.
func CheckVersion(version SchemaVersion, key, value []byte) (Order, error) {
	var r report
	if !checkVersion(&r, version) {
		return Order{}, r.err()
	}
	var order Order
	doc := documents.Get().(*document) //nolint:forcetypeassert // the pool holds nothing else
	defer doc.release()
	switch {
	case readPlain(value, doc): // it has no escapes, so no NUL either
		order = validate(&r, version, doc)
	case decode(&r, value, doc):
		order = validate(&r, version, doc)
		checkNUL(&r, version, value, doc)
	}
	checkKey(&r, key, doc.userID)
	if err := r.err(); err != nil {
		return Order{}, err
	}
	return order, nil
}
