package main

import (
	"io"
	"strings"
	"testing"
)

func TestAPictureThatCannotBeDrawnSaysWhatToDo(t *testing.T) {
	t.Chdir(t.TempDir()) // no stack is up here
	for run, want := range map[string]string{
		"":          "RUN takes the ARN of an execution in AWS",
		"request-1": "make local",
		"arn:aws:states:us-east-1:000000000000:execution:stop:run":    "make local",
		"arn:aws:states:us-east-1:123456789012:stateMachine:stop":     "not the ARN of an execution",
		"arn:aws:states:us-east-1:123456789012:execution:stop":        "not the ARN of an execution",
		"arn:aws:states:us-east-1:123456789012:express:stop:run:a1b2": "not the ARN of an execution",
	} {
		err := drawPicture(t.Context(), run, func(string) string { return "" }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("make picture RUN=%s: error %v, want one that says %q", run, err, want)
		}
	}
}

func TestARunInAWSIsFoundByItsARNOrByItsNameAndTheWorkflow(t *testing.T) {
	t.Chdir(t.TempDir())
	const workflow, want = "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:stop", "arn:aws-cn:states:cn-north-1:123456789012:execution:stop:run-1"
	for _, run := range []string{"run-1", want} {
		settings, arn, err := whereIs(t.Context(), run, func(name string) string { return map[string]string{workflowARN: workflow}[name] })
		if err != nil || arn != want || settings.Region != "cn-north-1" {
			t.Errorf("%s is %s in %q, error %v", run, arn, settings.Region, err)
		}
	}
}

func TestTheARNOfAnAliasOrAVersionIsNotTakenForThatOfTheWorkflow(t *testing.T) {
	t.Chdir(t.TempDir())
	_, _, err := whereIs(t.Context(), "run-1", func(string) string { return "arn:aws:states:us-east-1:123456789012:stateMachine:stop:PROD" })
	if err == nil || !strings.Contains(err.Error(), "version or an alias") {
		t.Errorf("error %v", err)
	}
}

func TestTheNameOfAPicturesFileIsGoodEverywhere(t *testing.T) {
	if got := fileName("schedule-3f9a_1.2/../:*é"); got != "schedule-3f9a_1.2_..____" {
		t.Errorf("file name %q", got)
	}
}
