// Package lab is the experiment that compares delivery guarantees: it runs
// processors as processes of their own, makes them and their servers fail, and
// has verify say what became of the orders.
//
// A round is one fault. All guarantees take part in it at once, each as a
// consumer group of its own with two members, and read the same orders from the
// same topic: run.go, round.go. What a fault does is in fault_*.go.
package lab
