package campaign

import (
	"reflect"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
)

// metrics is what executions have published, added up.
type metrics struct {
	Outcomes                map[runs.Outcome]int  // runs
	Verdicts                map[power.Verdict]int // instances
	Times, Requests, Checks int
}

func newMetrics() *metrics {
	return &metrics{Outcomes: map[runs.Outcome]int{}, Verdicts: map[power.Verdict]int{}}
}

func (m *metrics) add(o *metrics) {
	add(m.Outcomes, o.Outcomes)
	add(m.Verdicts, o.Verdicts)
	m.Times, m.Requests, m.Checks = m.Times+o.Times, m.Requests+o.Requests, m.Checks+o.Checks
}

// publish takes the metrics of an execution, or fails to.
func (x *execution) publish(_ string, data []cloud.Datum) *asl.Failure {
	if x.session.happens(noticeFails, x.name, x.chance) {
		return &asl.Failure{Error: "CloudWatch.CloudWatchException", Cause: "Rate exceeded"}
	}
	for _, d := range data {
		last, value := d.Dimensions[len(d.Dimensions)-1].Value, 0
		if d.Value != nil {
			value = int(*d.Value)
		}
		switch d.MetricName {
		case "Runs":
			x.metrics.Outcomes[runs.Outcome(last)] += value
		case "Instances":
			x.metrics.Verdicts[power.Verdict(last)] += value
		case "TimeToStopped", "TimeToRunning":
			for _, n := range d.Counts {
				x.metrics.Times += int(n)
			}
		case "StopRequests", "StartRequests":
			x.metrics.Requests += value
		case "Checks":
			x.metrics.Checks += value
		}
	}
	return nil
}

// published checks that what a run and its parts have published is what their
// documents say, each instance once.
func (j *judge) published(x *execution) {
	if j.world.mute() || x.unreported {
		return
	}
	want, got := newMetrics(), newMetrics()
	want.Outcomes[x.document.Outcome] = 1
	got.add(x.metrics)
	if acted(x.document.Outcome) {
		add(want.Verdicts, x.document.Counts)
		for _, of := range j.documents(x) {
			want.add(of.measured())
			if of != x {
				got.add(of.metrics)
			}
		}
	}
	if !reflect.DeepEqual(want, got) {
		j.wrong("%s and its parts published the metrics %+v, their documents say %+v", x.name, *got, *want)
	}
}

// measured is what the document of an execution says of its own instances.
func (x *execution) measured() *metrics {
	m, run := newMetrics(), x.whole()
	m.Checks = run.Checks
	for i := range run.Instances {
		in := &run.Instances[i]
		m.Requests += in.Requests
		if in.Verdict == x.way().reached && in.Requests > 0 {
			m.Times++
		}
	}
	return m
}
