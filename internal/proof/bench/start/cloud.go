package start

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"zenstop/internal/proof/sim"
)

const simulatedZone = sim.DefaultZoneID // of every simulated instance

// cloud is all that StopFunction talks to for a plan: a simulated Zenlayer with
// [PlannedInstances], and a Secrets Manager with one secret.
type cloud struct {
	zenlayer, secrets  *server
	connections, reads atomic.Int32 // to Zenlayer, and of the secret
}

// simulate starts both. The caller closes them.
func simulate(ctx context.Context) (*cloud, error) {
	fleet := sim.Generate{Prefix: "i-0a1b2c3d4e5f-", Count: PlannedInstances} // ids of 19 and 20 characters
	account, err := sim.New(sim.Options{Scenario: sim.Scenario{Generate: []sim.Generate{fleet}}})
	if err != nil {
		return nil, err
	}
	c := &cloud{}
	if c.zenlayer, err = serve(ctx, account, c.count); err != nil {
		return nil, err
	}
	if c.secrets, err = serve(ctx, http.HandlerFunc(c.getSecretValue), nil); err != nil {
		return nil, errors.Join(err, c.zenlayer.Close())
	}
	return c, nil
}

func (c *cloud) count(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		c.connections.Add(1)
	}
}

// getSecretValue answers GetSecretValue of Secrets Manager with an access key that
// the simulator lets in.
func (c *cloud) getSecretValue(w http.ResponseWriter, _ *http.Request) {
	c.reads.Add(1)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	key := sim.DefaultCredentials()[0]
	text, err := json.Marshal(map[string]string{"accessKeyId": key.AccessKeyID, "accessKeyPassword": key.AccessKeyPassword})
	if err == nil {
		err = json.MarshalWrite(w, map[string]string{"SecretString": string(text)})
	}
	if err != nil {
		panic(http.ErrAbortHandler) // StopFunction reports that it has no answer
	}
}

func (c *cloud) close() {
	_ = c.zenlayer.Close() // the process that used them has ended
	_ = c.secrets.Close()
}
