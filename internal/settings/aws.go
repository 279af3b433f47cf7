package settings

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Lambda itself sets the first four in every function. Source: the AWS page
// "Working with Lambda environment variables".
var (
	awsRegion          = setting{"AWS_REGION", "Lambda itself"}
	awsAccessKeyID     = setting{"AWS_ACCESS_KEY_ID", "Lambda itself"}
	awsSecretAccessKey = setting{"AWS_SECRET_ACCESS_KEY", "Lambda itself"}
	awsSessionToken    = setting{"AWS_SESSION_TOKEN", "Lambda itself"}
	awsEndpointURL     = setting{"AWS_ENDPOINT_URL", "AwsEndpointUrl"}
)

// LoadAWS makes the configuration of AWS clients from the region and the keys of
// the function's role, which Lambda puts into the environment and does not change
// while the process lives. AWS_ENDPOINT_URL is the address of a local AWS; empty
// means AWS. One error names every variable that is missing.
//
// The SDK's own loader, config.LoadDefaultConfig, is not used: it links the clients
// of every other source of credentials (SSO, STS, EC2, files), which a function
// never has. They took a quarter of the function's start and a seventh of its zip
// file, as package internal/proof/bench/start measures them.
func LoadAWS(getenv func(string) string) (aws.Config, error) {
	r := reader{getenv: getenv}
	id, secret := r.required(awsAccessKeyID), r.required(awsSecretAccessKey)
	c := aws.Config{
		Region:      r.required(awsRegion),
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, r.get(awsSessionToken)),
	}
	if endpoint := r.get(awsEndpointURL); endpoint != "" {
		c.BaseEndpoint = &endpoint
	}
	return c, errors.Join(r.errs...)
}
