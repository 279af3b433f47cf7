"""Evaluates JSONata. On stdin: {samples: [{states, variables, millis}], cases:
[{expression, sample}]}, where sample is a number; on stdout the list of results,
null where an expression yields nothing.

$parse belongs to Step Functions, not to JSONata, and $millis must not read the
clock: both are given here.
"""

import functools
import json
import sys

import jsonata


@functools.cache
def compiled(expression):
    expression = jsonata.Jsonata(expression)
    expression.register_lambda("parse", json.loads)
    return expression


def evaluate(expression, sample):
    expression = compiled(expression)
    expression.register_lambda("millis", lambda: sample["millis"])
    frame = expression.create_frame()
    frame.bind("states", sample["states"])
    for name, value in sample["variables"].items():
        frame.bind(name, value)
    return expression.evaluate(None, frame)


asked = json.load(sys.stdin)
json.dump([evaluate(case["expression"], asked["samples"][case["sample"]]) for case in asked["cases"]], sys.stdout)
