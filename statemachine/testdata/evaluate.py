"""Evaluates JSONata: a list of {expression, states, variables, millis} on stdin,
the list of results on stdout, null where an expression yields nothing.

$parse belongs to Step Functions, not to JSONata, and $millis must not read the
clock: both are given here.
"""

import json
import sys

import jsonata


def evaluate(case):
    compiled = jsonata.Jsonata(case["expression"])
    compiled.register_lambda("parse", json.loads)
    compiled.register_lambda("millis", lambda: case["millis"])
    frame = compiled.create_frame()
    frame.bind("states", case["states"])
    for name, value in case["variables"].items():
        frame.bind(name, value)
    return compiled.evaluate(None, frame)


json.dump([evaluate(case) for case in json.load(sys.stdin)], sys.stdout)
