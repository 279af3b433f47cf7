// Package campaign lets zenstop work in a simulated world, many times over, and
// holds every verdict against what the simulator knows. Time is virtual
// (testing/synctest), chance comes from a seed, and the code is the code that
// ships: the two handlers, the client with its retries, the credentials cache,
// and the workflow as its definition says, interpreted by internal/proof/asl.
//
// Simulated are the services around it: Zenlayer (internal/proof/sim), Lambda, Secrets
// Manager, and StartExecution of Step Functions. Each of them fails as the story
// of a seed says.
//
// The campaign is a test, because virtual time is only to be had inside of one:
// go test ./internal/proof/campaign, or make campaign for a table.
package campaign
