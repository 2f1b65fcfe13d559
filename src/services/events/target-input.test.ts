import { expect, test } from "vitest";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { type InputSources, targetInput } from "./target-input.ts";

const sources: InputSources = {
  event: {
    version: "0",
    id: "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    source: "aws.ec2",
    account: "123456789012" as AccountId,
    time: "2015-11-11T21:29:54Z",
    region: "us-east-1" as Region,
    resources: ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    detail: { "instance-id": "i-0123456789", state: "RUNNING", said: 'a "word"', count: 2 },
  },
  ruleArn: "arn:aws:events:us-east-1:123456789012:rule/example",
  ruleName: "example",
  receivedAt: Date.UTC(2026, 8, 16),
};

const paths = {
  instance: "$.detail.instance-id",
  state: "$.detail.state",
  said: "$.detail.said",
  count: "$.detail.count",
  first: "$.resources[0]",
  none: "$.detail.none",
};

/** After the examples of "Amazon EventBridge input transformation" (User Guide). */
test.each([
  ['"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'],
  ['{"instance": <instance>, "n": <count>}', '{"instance": "i-0123456789", "n": 2}'],
  ['{"text": "he said <said>"}', '{"text": "he said a \\"word\\""}'],
  [
    '{"rule": <aws.events.rule-name>, "arn": "<aws.events.rule-arn>"}',
    `{"rule": "example", "arn": "${sources.ruleArn}"}`,
  ],
  ['"<none>"', '""'],
  ['"<unknown>"', '"<unknown>"'],
  ["<first>", '"arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"'],
])("the template %s", (InputTemplate, expected) => {
  expect(targetInput({ InputTransformer: { InputPathsMap: paths, InputTemplate } }, sources)).toBe(expected);
});

test("without a transformer: the event, a part of it, or a constant", () => {
  expect(targetInput({}, sources)).toBe(JSON.stringify(sources.event));
  expect(targetInput({ InputPath: "$.detail.state" }, sources)).toBe('"RUNNING"');
  expect(targetInput({ Input: '{"a":1}' }, sources)).toBe('{"a":1}');
});
