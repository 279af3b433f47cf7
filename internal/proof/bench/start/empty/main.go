// Command empty is a Lambda function that does nothing. What it takes to start, and
// how large it is, is what every Go function has: package start compares with it.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() {}) }
