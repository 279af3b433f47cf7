"""Evaluates JSONata. On stdin: {samples: [{states, variables, millis}], cases:
[{expression, sample}]}, where sample is a number; on stdout the list of results,
null where an expression yields nothing.

$parse belongs to Step Functions, not to JSONata, and $millis must not read the
clock: both are given here.
"""

import json
import sys

import jsonata


def evaluate(expression, sample):
    compiled = jsonata.Jsonata(expression)
    compiled.register_lambda("parse", json.loads)
    compiled.register_lambda("millis", lambda: sample["millis"])
    frame = compiled.create_frame()
    frame.bind("states", sample["states"])
    for name, value in sample["variables"].items():
        frame.bind(name, value)
    return compiled.evaluate(None, frame)


asked = json.load(sys.stdin)
json.dump([evaluate(case["expression"], asked["samples"][case["sample"]]) for case in asked["cases"]], sys.stdout)
