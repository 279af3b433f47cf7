// Package statemachine embeds the definition of StopWorkflow, so that the tests
// and the campaign work on the very file that is deployed.
package statemachine

import _ "embed"

// Definition is the text of stop-instances.asl.json, with its substitutions
// (${StopFunctionArn} and so on) not yet filled in.
//
//go:embed stop-instances.asl.json
var Definition []byte
