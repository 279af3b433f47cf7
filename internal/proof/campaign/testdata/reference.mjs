// Works out expressions with the reference implementation of JSONata, and compares. Each line of
// the standard input is a JSON object: text, states, variables, millis, value and failed, as
// asl.Evaluation has them. Each expression that comes to something else is a line of the output;
// the last line counts.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { isDeepStrictEqual } from "node:util";

const jsonata = createRequire(process.env.ZENSTOP_JSONATA + "/")("jsonata");
const compiled = new Map();
let all = 0, others = 0;

// plain is a value as JSON has it: a sequence of JSONata is an array.
const plain = (value) => value === undefined ? undefined : JSON.parse(JSON.stringify(value));

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const e = JSON.parse(line);
  if (!compiled.has(e.text)) compiled.set(e.text, jsonata(e.text));
  let value, error;
  try {
    value = plain(await compiled.get(e.text).evaluate(undefined, {
      ...e.variables, states: e.states, millis: () => e.millis, parse: JSON.parse,
    }));
    if (value === undefined) error = "yields nothing";
  } catch (thrown) {
    error = thrown.message;
  }
  all++;
  const same = e.failed ? error !== undefined : error === undefined && isDeepStrictEqual(value, plain(e.value));
  if (!same) {
    others++;
    console.log(JSON.stringify({ text: e.text, states: e.states, variables: e.variables, reference: error ?? value, interpreter: e.failed ? "failed" : e.value }).slice(0, 4000));
  }
}
console.log(JSON.stringify({ all, others, expressions: compiled.size }));
