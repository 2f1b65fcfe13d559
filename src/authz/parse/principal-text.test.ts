import fc from "fast-check";
import { expect, test } from "vitest";
import { readDocument } from "./document.ts";
import { replacePrincipals, writtenPrincipals } from "./principal-text.ts";

const statement = (more: object) => ({ Effect: "Allow", Action: "sts:AssumeRole", ...more });
const policy = (...statements: object[]) => ({ Version: "2012-10-17", Statement: statements });

test.each<readonly [string, string, readonly string[]]>([
  ["one value", JSON.stringify(policy(statement({ Principal: { AWS: "a" } }))), ["AWS a"]],
  [
    "lists, types and statements",
    JSON.stringify(
      policy(
        statement({ Principal: { AWS: ["a", "b"], Service: "s" } }),
        statement({ NotPrincipal: { Federated: ["f"] } }),
      ),
    ),
    ["AWS a", "AWS b", "Service s", "Federated f"],
  ],
  ["a statement that is no list", '{"Statement":{"Principal":{"AWS":"a"}}}', ["AWS a"]],
  [
    "spaces anywhere",
    `{ "Statement" ${" ".repeat(99)}: [ {"Principal"\n:\t{ "AWS" : [ "a" ] } } ] }`,
    ["AWS a"],
  ],
  [
    "keys and values with escapes",
    '{"Statement":{"Princip\\u0061l":{"\\u0041WS":"\\"\\u0061{"}}}',
    ['AWS "a{'],
  ],
  ["everybody", JSON.stringify(policy(statement({ Principal: "*" }))), []],
  [
    "what only looks like one",
    JSON.stringify({
      Id: "Principal",
      Statement: [
        { Sid: "AWS", Condition: { StringEquals: { "aws:userid": "AIDAX" } } },
        { Condition: { Principal: { AWS: "a" } } },
      ],
      Principal: { AWS: "b" },
    }),
    [],
  ],
])("principals as they are written: %s", (_what, text, expected) => {
  expect(writtenPrincipals(text).map(({ type, value }) => `${type} ${value}`)).toEqual(expected);
});

test("only the values of principals are replaced", () => {
  const text =
    '{"Statement": [ {"Sid":"a", "Principal": {"AWS": ["a","b"], "Service" :"a"}, "Action":"a"} ]}';
  const replaced = replacePrincipals(text, ({ type, value }) => (type === "AWS" ? `"${value}"` : value));
  expect(replaced).toBe(
    '{"Statement": [ {"Sid":"a", "Principal": {"AWS": ["\\"a\\"","\\"b\\""], "Service" :"a"}, "Action":"a"} ]}',
  );
});

test("every principal that the engine reads is found, however the text is laid out", () => {
  const name = fc.string({ maxLength: 6 });
  const principal = fc.record(
    { AWS: fc.oneof(name, fc.array(name, { maxLength: 3 })), Service: name },
    { requiredKeys: [] },
  );
  const element = fc.constantFrom("Principal", "NotPrincipal");
  const statements = fc.array(
    fc.tuple(element, principal, name).map(([key, value, Sid]) => statement({ Sid, [key]: value })),
  );
  fc.assert(
    fc.property(statements, fc.integer({ min: 0, max: 4 }), (some, indent) => {
      const text = JSON.stringify(policy(...some), null, indent);
      const read = readDocument(text).statements.flatMap(({ principal: named }) => named?.values ?? []);
      expect(writtenPrincipals(text).map(({ type, value }) => ({ type, value }))).toEqual(read);
      expect(replacePrincipals(text, ({ value }) => value)).toBe(text);
    }),
    { numRuns: 300, seed: 7 },
  );
});
