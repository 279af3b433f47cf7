package e2e

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/metrics"
)

// The local AWS has no metrics of AWS's own services. So the deployed alarms and
// widgets are held against the table of what is published, and their dimensions
// against what is deployed.
func TestEachDeployedAlarmAndWidgetIsAboutTheDeployedStack(t *testing.T) {
	t.Parallel()
	wantOwnAlarmsAndWidgets(t, up, 10)
}

// wantOwnAlarmsAndWidgets checks the alarms of a stack, and the widgets of its dashboard.
func wantOwnAlarmsAndWidgets(t *testing.T, s *stack.Stack, alarms int) {
	t.Helper()
	client := cloudwatch.NewFromConfig(s.AWS)
	deployed := map[string][]string{
		"QueueName": {path.Base(s.Outputs["FailureQueueUrl"])}, "StateMachineArn": {s.Outputs["StopWorkflowArn"]},
		"FunctionName": {s.Outputs["StopFunctionName"], s.Outputs["StatusFunctionName"]}, "Stack": {s.Name},
	}
	check := func(where string, u metrics.Use) {
		if err := u.Check(); err != nil {
			t.Errorf("%s: %v", where, err)
		}
		for name, value := range u.Dimensions {
			if of, ok := deployed[name]; ok && !slices.Contains(of, value) {
				t.Errorf("%s: %s is of the %s %q, deployed are %q", where, u.Metric, name, value, of)
			}
		}
	}
	var all []types.MetricAlarm
	for pages := cloudwatch.NewDescribeAlarmsPaginator(client, &cloudwatch.DescribeAlarmsInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.MetricAlarms...)
	}
	var arns []string
	for i := range all {
		a := &all[i]
		if !strings.HasSuffix(*a.AlarmName, "-of-"+s.Name) {
			continue
		}
		arns = append(arns, *a.AlarmArn)
		u := metrics.Use{Metric: *a.Namespace + " " + *a.MetricName, Dimensions: map[string]string{}}
		for _, d := range a.Dimensions {
			u.Dimensions[*d.Name] = *d.Value
		}
		check(*a.AlarmName, u)
	}

	name := s.Name + "-us-east-1"
	if url := s.Outputs["DashboardUrl"]; url != "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards:name="+name {
		t.Errorf("address of the dashboard: %s", url)
	}
	dashboard, err := client.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{DashboardName: &name})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(*dashboard.DashboardBody, "${") {
		t.Errorf("a value of the dashboard was not filled in: %s", *dashboard.DashboardBody)
	}
	widgets, err := metrics.Widgets([]byte(*dashboard.DashboardBody))
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, w := range widgets {
		shown = append(shown, w.Properties.Alarms...)
		for _, u := range w.Uses() {
			check("the widget "+w.Properties.Title, u)
		}
	}
	slices.Sort(arns)
	slices.Sort(shown)
	if !slices.Equal(arns, shown) || len(arns) != alarms {
		t.Errorf("the dashboard shows the alarms %q, deployed are %q", shown, arns)
	}
}
