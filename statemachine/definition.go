// Package statemachine embeds the definition of StopWorkflow, so that the tests
// and the campaign work on the very file that is deployed.
package statemachine

import (
	_ "embed"
	"regexp"
)

// Definition is the text of stop-instances.asl.json, with its substitutions
// (${StopFunctionArn} and so on) not yet filled in.
//
//go:embed stop-instances.asl.json
var Definition []byte

// Fill returns the definition with its substitutions filled in, as the template
// does on deployment. A name that values lacks stands for itself, so that a test can
// recognize it; the Partition is then aws.
func Fill(values map[string]string) []byte { return fill(Definition, values) }

func fill(definition []byte, values map[string]string) []byte {
	return regexp.MustCompile(`\$\{(\w+)\}`).ReplaceAllFunc(definition, func(match []byte) []byte {
		name := string(match[2 : len(match)-1])
		if value, ok := values[name]; ok {
			return []byte(value)
		}
		if name == "Partition" {
			return []byte("aws")
		}
		return []byte(name)
	})
}
