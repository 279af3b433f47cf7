// Command request asks zenstop to stop the instances that its arguments name. It is
// the example of the README.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

func main() {
	if err := request(context.Background(), os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}

// request:begin
func request(ctx context.Context, ids []string) error {
	detail, err := json.Marshal(map[string]any{
		"target": map[string]any{"instanceIds": ids},
		"reason": "maintenance",
		"dryRun": true, // it says what would be stopped, and stops nothing
	})
	if err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	out, err := eventbridge.NewFromConfig(cfg).PutEvents(ctx, &eventbridge.PutEventsInput{
		Entries: []types.PutEventsRequestEntry{{
			Source: aws.String("zenstop"), DetailType: aws.String("Stop Instances Requested"), Detail: aws.String(string(detail)),
		}},
	})
	if err != nil {
		return err
	}
	if out.FailedEntryCount > 0 { // PutEvents succeeds even then
		return &types.InternalException{Message: out.Entries[0].ErrorMessage}
	}
	return nil
}

// request:end
