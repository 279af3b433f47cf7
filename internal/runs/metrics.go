package runs

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Datum is one entry of the MetricData of CloudWatch's PutMetricData: a value, or up to 150
// values with how often each was measured.
// Source: the AWS page of the data type MetricDatum.
type Datum struct {
	MetricName string
	Unit       string
	Dimensions []Dimension
	Value      *int  `json:",omitempty"`
	Values     []int `json:",omitempty"`
	Counts     []int `json:",omitempty"`
}

// Dimension is a dimension of a metric.
type Dimension struct{ Name, Value string }

const valuesOfADatum = 150

// metrics are those that the execution publishes. A run has its outcome, its duration and
// how many instances have each verdict; the execution that has the instances, a run or a
// part, has their times, requests and checks.
func (r *Run) metrics(stack string, large bool, now time.Time) []Datum {
	acted := r.Outcome.acted()
	var all []Datum
	if r.Part == 0 {
		all = append(all, datum(stack, "Runs", "Count", Dimension{"Outcome", string(r.Outcome)}).of(1))
	}
	if r.Part == 0 && acted {
		all = append(all, datum(stack, "RunDuration", "Seconds").of(max(0, int(now.Sub(r.actsFrom())/time.Second))))
		for _, v := range slices.Sorted(maps.Keys(r.Counts)) {
			all = append(all, datum(stack, "Instances", "Count", Dimension{"Verdict", string(v)}).of(r.Counts[v]))
		}
	}
	if acted && !large {
		all = append(all, datum(stack, "Checks", "Count").of(r.Checks), datum(stack, title(string(r.Action))+"Requests", "Count").of(r.requests()))
		all = append(all, r.times(stack)...)
	}
	return all
}

func datum(stack, name, unit string, more ...Dimension) Datum {
	return Datum{MetricName: name, Unit: unit, Dimensions: append([]Dimension{{"Stack", stack}}, more...)}
}

func (d Datum) of(value int) Datum {
	d.Value = &value
	return d
}

func (r *Run) requests() int {
	n := 0
	for i := range r.Instances {
		n += r.Instances[i].Requests
	}
	return n
}

// times are those of the stops, or starts, that the run asked for and saw.
func (r *Run) times(stack string) []Datum {
	times := map[int]int{}
	for i := range r.Instances {
		if in := &r.Instances[i]; in.Verdict == r.Action.Way().Reached && in.Requests > 0 {
			times[in.Seconds]++
		}
	}
	var all []Datum
	for values := range slices.Chunk(slices.Sorted(maps.Keys(times)), valuesOfADatum) {
		d := datum(stack, "TimeTo"+title(strings.ToLower(r.Action.Way().To)), "Seconds")
		for _, v := range values {
			d.Values, d.Counts = append(d.Values, v), append(d.Counts, times[v])
		}
		all = append(all, d)
	}
	return all
}

// withOutcome are the metrics of a run that has another outcome now.
func withOutcome(metrics []Datum, o Outcome) []Datum {
	all := slices.Clone(metrics)
	for i := range all {
		if all[i].MetricName == "Runs" {
			all[i].Dimensions = []Dimension{all[i].Dimensions[0], {"Outcome", string(o)}}
		}
	}
	return all
}
