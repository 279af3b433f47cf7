package scale

import (
	"context"
	"testing"

	"zenstop/internal/proof/sim"
	"zenstop/internal/zenlayer"
)

// key is a Source with the simulator's own token.
type key struct{}

func (key) Credentials(context.Context) (zenlayer.Credentials, error) {
	for _, c := range sim.DefaultCredentials() {
		if c.Token != "" {
			return zenlayer.Credentials{Token: zenlayer.Secret(c.Token)}, nil
		}
	}
	return zenlayer.Credentials{}, nil
}

func (key) Forget() {}

func TestAPointCountsUpToTheLastAcceptedStop(t *testing.T) {
	a, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer a.close()
	if err := a.populate(3, Rate); err != nil {
		t.Fatal(err)
	}
	client, err := zenlayer.New(zenlayer.Config{Endpoint: a.url, Source: key{}})
	if err != nil {
		t.Fatal(err)
	}
	page, err := client.List(t.Context(), zenlayer.Filter{TagKeys: []string{tag}}, 1, 100)
	if err != nil || len(page.Instances) != 3 {
		t.Fatalf("%+v, %v", page, err)
	}
	ids := []string{page.Instances[0].ID, page.Instances[1].ID, page.Instances[2].ID}
	if err := client.StopInstances(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Describe(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	p, err := a.point(3)
	if err != nil || p.Calls != 2 || p.AllCalls != 3 || p.Throttled != 0 {
		t.Errorf("%+v, %v; want 2 calls up to the stop of 3", p, err)
	}
}

func TestTheIdealOfTenThousandInstancesIs210Calls(t *testing.T) {
	for n, want := range map[int]int{1: 3, 100: 3, 101: 5, 10_000: 210} {
		if got := Ideal(n); got != want {
			t.Errorf("%d instances: %d calls, want %d", n, got, want)
		}
	}
}
