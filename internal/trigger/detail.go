package trigger

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/shutdown"
)

// maxMinutes is the longest timeoutMinutes: half a day.
const maxMinutes = 720

// detail is that of a request and of a schedule.
type detail struct {
	Target         *target `json:"target"`
	Reason         string  `json:"reason"`
	DryRun         bool    `json:"dryRun"`
	MaxInstances   *int    `json:"maxInstances"`
	TimeoutMinutes *int    `json:"timeoutMinutes"`
}

// readDetail fills the request in from the detail of a request or a schedule.
func readDetail(raw jsontext.Value, req *shutdown.Request, s Settings) error {
	var d detail
	if err := strict(raw, "detail", &d); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	req.Trigger.Reason, req.DryRun = tidy(d.Reason, maxReason), d.DryRun
	if d.MaxInstances != nil {
		req.MaxInstances = min(*d.MaxInstances, s.MaxInstances)
	}
	if d.TimeoutMinutes != nil {
		req.Timeout = time.Duration(*d.TimeoutMinutes) * time.Minute
	}
	var err error
	req.Target, err = d.Target.read("detail.target")
	return err
}

// check holds all but the inside of the target to its rules.
func (d *detail) check() error {
	n := utf8.RuneCountInString(d.Reason)
	switch {
	case d.Target == nil:
		return errors.New("detail.target: is required")
	case n > maxReason:
		return fmt.Errorf("detail.reason: has %d characters, must have at most %d", n, maxReason)
	case d.MaxInstances != nil && *d.MaxInstances < 1:
		return fmt.Errorf("detail.maxInstances: is %d, must be 1 or more", *d.MaxInstances)
	case d.TimeoutMinutes != nil && (*d.TimeoutMinutes < 1 || *d.TimeoutMinutes > maxMinutes):
		return fmt.Errorf("detail.timeoutMinutes: is %d, must be 1 to %d", *d.TimeoutMinutes, maxMinutes)
	}
	return nil
}
