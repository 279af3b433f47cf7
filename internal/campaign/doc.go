// Package campaign lets zenstop work in a simulated world, many times over, and
// holds every verdict against what the simulator knows. Time is virtual
// (testing/synctest), chance comes from a seed, and the code is the real one:
// the domain, the client with its retries, the credentials cache, the decoding
// of events, the names of errors, and the workflow as its definition says.
// Only what the two main packages do around them is written down here again,
// since a main package cannot be imported: see function.go.
package campaign
