// Package small walks a small world as a whole: one instance, or two, a few looks, and an
// alphabet of answers that is small and complete. Every behaviour of Zenlayer in it is carried
// through the deployed definition, the real handlers and the rules; states that were met before
// are cut off. A model that shares no rule with the product judges each call, and the history
// of each run that ends is judged by package audit. The campaign draws from a large world; this
// leaves nothing out of a small one.
package small
