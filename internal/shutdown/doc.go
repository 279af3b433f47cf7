// Package shutdown is the domain of zenstop: what was asked for, the plan, the
// run document, the verdict of each instance, and when to look next. It knows
// no AWS and no HTTP: it asks Zenlayer through [API] and keeps nothing between
// calls but the run document.
package shutdown
