package settings

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the time zones, for systems that have none

	"zenstop/internal/power"
	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// setting is an environment variable, with the parameter of the template through
// which a user sets it.
type setting struct{ variable, parameter string }

var (
	zenlayerEndpoint  = setting{"ZENLAYER_ENDPOINT", "ZenlayerEndpoint"}
	credentialsSecret = setting{"CREDENTIALS_SECRET_ARN", "CredentialsSecretArn"}
	protectTagKey     = setting{"PROTECT_TAG_KEY", "ProtectTagKey"}
	keepTagKey        = setting{"KEEP_TAG_KEY", "KeepTagKey"}
	warnMinutes       = setting{"WARN_MINUTES", "WarnMinutes"}
	stackName         = setting{"STACK_NAME", "the template itself"}
	stopWorkflow      = setting{"STOP_WORKFLOW_ARN", "the template itself"}
	maxInstances      = setting{"MAX_INSTANCES", "MaxInstances"}
	stopTimeout       = setting{"STOP_TIMEOUT_MINUTES", "StopTimeoutMinutes"}
	maxEventAge       = setting{"MAX_EVENT_AGE_MINUTES", "MaxEventAgeMinutes"}
	skipDates         = setting{"SKIP_DATES", "SkipDates"}
	startTime         = setting{"START_TIME", "StartTime"}
	startDays         = setting{"START_DAYS", "StartDays"}
	startSkipDates    = setting{"START_SKIP_DATES", "StartSkipDates"}
	scheduleTimezone  = setting{"SCHEDULE_TIMEZONE", "ScheduleTimezone"}
	alarmNamePrefix   = setting{"ALARM_NAME_PREFIX", "AlarmNamePrefix"}
	alarmTarget       = setting{"ALARM_TARGET", "AlarmTarget"}
)

// reader reads settings and collects their errors. What only the schedule uses has a
// reader of its own: see [LoadStop].
type reader struct {
	getenv func(string) string
	errs   []error
}

func (r *reader) fail(s setting, rule string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s (from %s): %s", s.variable, s.parameter, fmt.Sprintf(rule, args...)))
}

// mistakes has all errors in one line, or is "".
func (r *reader) mistakes() string {
	if len(r.errs) == 0 {
		return ""
	}
	return strings.ReplaceAll(errors.Join(r.errs...).Error(), "\n", "; ")
}

// get returns the value of a setting that may be empty.
func (r *reader) get(s setting) string { return r.getenv(s.variable) }

// common reads the settings of both functions but for the zone.
func (r *reader) common(zone *time.Location) Common {
	return Common{
		Endpoint:  r.endpoint(zenlayerEndpoint),
		SecretARN: r.matching(credentialsSecret, secretID),
		Rules:     power.Rules{ProtectTagKey: r.get(protectTagKey), KeepTagKey: r.get(keepTagKey), Zone: zone},
	}
}

// required returns the value of a setting that must not be empty.
func (r *reader) required(s setting) string {
	v := r.get(s)
	if v == "" {
		r.fail(s, "is not set")
	}
	return v
}

// endpoint does not show a wrong value, because it may contain a password.
func (r *reader) endpoint(s setting) string {
	v := r.required(s)
	if v == "" {
		return ""
	}
	if _, err := zenlayer.CheckEndpoint(v); err != nil {
		r.fail(s, "must be https://host or https://host:port (http for loopback and private addresses only)")
	}
	return v
}

// form is what a setting must look like, with words for the error.
type form struct {
	fits func(string) bool
	rule string
}

var (
	arn      = form{isARN, "an ARN"}
	secretID = form{isSecretID, "the ARN of a secret, not the secret itself"}
)

func isARN(v string) bool {
	rest, ok := strings.CutPrefix(v, "arn:")
	return ok && rest != "" && !strings.ContainsFunc(rest, func(r rune) bool { return r < '!' || r > '~' })
}

// isSecretID allows an ARN or a name. Source: the AWS page of CreateSecret.
func isSecretID(v string) bool { return text.MadeOf(v, text.Names+"/+=.@:", 1, len(v)) }

// matching does not show a wrong value, because somebody may have put the secret
// itself there.
func (r *reader) matching(s setting, f form) string {
	v := r.required(s)
	if v != "" && !f.fits(v) {
		r.fail(s, "must be %s", f.rule)
	}
	return v
}

// number reads a whole number from least to most.
func (r *reader) number(s setting, least, most int) int {
	v := r.required(s)
	n, err := strconv.Atoi(v)
	if v != "" && (err != nil || n < least || n > most) {
		r.fail(s, "%.40q must be a whole number from %d to %d", v, least, most)
	}
	return n
}

// dates reads a list of dates with commas between them; it may be empty.
func (r *reader) dates(s setting) []string {
	var dates []string
	for part := range strings.SplitSeq(r.get(s), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, part); err != nil {
			r.fail(s, "%.40q must be a date such as 2026-12-25", part)
			continue
		}
		dates = append(dates, part)
	}
	return dates
}

// zone reads the name of a time zone; "" is UTC, and what is no name nil. Go also
// accepts "Local", which is not a name of IANA's.
func (r *reader) zone(s setting) *time.Location {
	v := r.get(s)
	zone, err := time.LoadLocation(v)
	if err != nil || v == "Local" {
		r.fail(s, "%.40q must be an IANA time zone such as Europe/Berlin", v)
		return nil
	}
	return zone
}
