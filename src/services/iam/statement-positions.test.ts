import { expect, test } from "vitest";
import { statementSpans } from "./statement-positions.ts";

const statement = '{"Effect":"Allow","Action":"s3:*","Resource":"*"}';
const at = (Line: number, Column: number) => ({ Line, Column });

test.each([
  [
    // AWS CLI, examples of `iam simulate-custom-policy`: this document, these positions.
    "one statement, alone",
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}',
    [{ start: at(1, 38), end: at(1, 167) }],
  ],
  [
    "one statement in a list",
    `{"Version": "2012-10-17", "Statement": [${statement}]}`,
    [{ start: at(1, 41), end: at(1, 41 + statement.length) }],
  ],
  [
    "two statements in a list",
    `{"Statement":[${statement},${statement}]}`,
    [
      { start: at(1, 15), end: at(1, 15 + statement.length) },
      { start: at(1, 15 + statement.length), end: at(1, 16 + 2 * statement.length) },
    ],
  ],
  [
    "several lines",
    '{\n  "Statement": [\n    {\n      "Action": "a"\n    },\n    { "Sid": "{[\\"" }\n  ],\n  "Version": "2012-10-17"\n}',
    [
      { start: at(3, 5), end: at(5, 6) },
      { start: at(6, 5), end: at(6, 22) },
    ],
  ],
  ["no statement", '{"Version":"2012-10-17","Id":"Statement","Other":[{}]}', []],
])("positions: %s", (_what, text, spans) => {
  expect(statementSpans(text)).toEqual(spans);
});
