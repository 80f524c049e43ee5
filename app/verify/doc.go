// Package verify holds a generator's ledger against what a consumer group made of
// the orders: the rows of its tables and its dead letters.
//
// A record's place, partition and offset, identifies it in all four: the ledger
// says what was sent there, the topic what is there, a row and a dead letter which
// record they are of. Each is read once, as a stream, in this order:
//
//	ledger        what was sent: a fingerprint of key and value for each place
//	topic         that it is there; the order in it, decoded
//	rows          written once, unchanged, in the order of the topic within a user
//	dead letters  of all that is invalid, of nothing that is valid, unchanged
//	ledger again  only if an order is missing somewhere: which one it is
//
// Tables and dead letters are as they were before the topic is read, so that each
// row and letter has its record in what is read of the topic. What is kept of a record are 17 bytes, whatever
// its size: two hashes and what has been seen of it. The hashes are of 64 bits and
// seeded at random; two different contents pass for the same with a probability
// below one in four thousand million, for each fault there is.
package verify
