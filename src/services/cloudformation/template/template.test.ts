import { describe, expect, test } from "vitest";
import { subnetBlocks } from "./cidr.ts";
import { readParameters } from "./parameters.ts";
import { checkReferences, dependenciesOf } from "./references.ts";
import { resolve } from "./resolve.ts";
import type { StackFacts } from "./stack-scope.ts";
import { stackScope } from "./stack-scope.ts";
import { readTemplate, type TemplateValue } from "./template.ts";

/** `${name}`, as Fn::Sub has it. */
const at = (name: string): string => `\${${name}}`;

const body = `
Parameters:
  Env: { Type: String, Default: dev }
  Zones: { Type: CommaDelimitedList, Default: "a, b" }
Mappings:
  Sizes: { dev: { cpu: 256 }, prod: { cpu: 1024 } }
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  NotProd: !Not [!Condition IsProd]
Resources:
  Repo: { Type: AWS::ECR::Repository }
  Later: { Type: AWS::ECS::Cluster, DependsOn: Repo }
`;
const template = readTemplate(body);

const facts: StackFacts = {
  account: "111111111111" as never,
  region: "us-east-1" as never,
  stack: { id: "arn:stack" as never, name: "demo", notificationArns: [] },
  template,
  parameters: readParameters(template, []),
  resources: new Map([
    ["Repo", { physicalId: "demo-repo", attributes: { Arn: "arn:repo", "A.B": "nested" } }],
  ]),
  exports: new Map([["other-uri", "example.com"]]),
};
const scope = stackScope(facts);

/** CloudFormation User Guide, "Intrinsic function reference". */
describe("functions", () => {
  test.each<[TemplateValue, unknown]>([
    [{ Ref: "Env" }, "dev"],
    [{ Ref: "Zones" }, ["a", "b"]],
    [{ Ref: "Repo" }, "demo-repo"],
    [{ Ref: "AWS::StackName" }, "demo"],
    [{ Ref: "AWS::URLSuffix" }, "amazonaws.com"],
    [{ "Fn::GetAtt": ["Repo", "Arn"] }, "arn:repo"],
    [{ "Fn::GetAtt": "Repo.A.B" }, "nested"],
    [{ "Fn::Sub": `${at("Env")}-${at("Repo.Arn")}-${at("!Literal")}` }, `dev-arn:repo-${at("Literal")}`],
    [{ "Fn::Sub": [`${at("x")}/${at("AWS::Region")}`, { x: { Ref: "Repo" } }] }, "demo-repo/us-east-1"],
    [{ "Fn::Join": ["-", ["a", { Ref: "Env" }, 3]] }, "a-dev-3"],
    [{ "Fn::Split": ["|", "a|b||c"] }, ["a", "b", "", "c"]],
    [{ "Fn::Select": ["1", { Ref: "Zones" }] }, "b"],
    [{ "Fn::Select": [0, { "Fn::GetAZs": "" }] }, "us-east-1a"],
    [{ "Fn::GetAZs": "eu-west-1" }, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]],
    [{ "Fn::FindInMap": ["Sizes", { Ref: "Env" }, "cpu"] }, 256],
    [{ "Fn::FindInMap": ["Sizes", "none", "cpu", { DefaultValue: 7 }] }, 7],
    [{ "Fn::If": ["IsProd", 1, { a: [{ Ref: "AWS::NoValue" }, 2] }] }, { a: [2] }],
    [{ "Fn::If": ["NotProd", "yes", "no"] }, "yes"],
    [{ gone: { Ref: "AWS::NoValue" }, stays: 1 }, { stays: 1 }],
    [{ "Fn::And": [{ Condition: "NotProd" }, { "Fn::Equals": ["1", 1] }] }, true],
    [{ "Fn::Or": [{ Condition: "IsProd" }, { "Fn::Equals": ["a", "b"] }] }, false],
    [{ "Fn::Base64": "hello" }, "aGVsbG8="],
    [{ "Fn::ImportValue": { "Fn::Sub": "other-uri" } }, "example.com"],
    [{ "Fn::Cidr": ["10.0.0.0/16", 2, 8] }, ["10.0.0.0/24", "10.0.1.0/24"]],
    [{ "Fn::Length": { Ref: "Zones" } }, 2],
    [{ "Fn::ToJsonString": { a: { Ref: "Env" } } }, '{"a":"dev"}'],
  ])("%j gives %j", (value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  test.each<[TemplateValue, RegExp]>([
    [{ Ref: "Nobody" }, /Unresolved resource dependencies \[Nobody\]/],
    [{ Ref: "Later" }, /Later is not known yet/],
    [{ "Fn::GetAtt": ["Repo", "Nothing"] }, /Repo\.Nothing is not known yet/],
    [{ "Fn::GetAtt": ["Nobody", "Arn"] }, /references undefined resource Nobody/],
    [{ "Fn::Select": [5, ["a"]] }, /nonexistent value at index 5/],
    [{ "Fn::FindInMap": ["Sizes", "none", "cpu"] }, /Unable to get mapping for Sizes::none::cpu/],
    [{ "Fn::ImportValue": "nobody" }, /No export named nobody found/],
    [{ "Fn::Join": [1, []] }, /every Fn::Join object requires two parameters/],
    [{ "Fn::Transform": {} }, /Fn::Transform is not supported/],
    [{ "Fn::Cidr": ["10.0.0.0/30", 9, 2] }, /cannot make 9 blocks/],
  ])("%j is refused", (value, message) => {
    expect(() => resolve(value, scope)).toThrow(message);
  });
});

describe("YAML", () => {
  test("has short forms, nested ones too, and dates stay as they are written", () => {
    const { resources } = readTemplate(`
Resources:
  A:
    Type: AWS::IAM::Role
    Properties:
      Version: 2012-10-17
      Name: !Join ["-", [!Ref "AWS::StackName", !Select [0, !GetAZs ""]]]
      Arn: !GetAtt B.Endpoint.Arn
      Text: !Sub ["\${x}", { x: !If [C, yes, !Ref "AWS::NoValue"] }]
`);
    expect(resources.A?.Properties).toEqual({
      Version: "2012-10-17",
      Name: { "Fn::Join": ["-", [{ Ref: "AWS::StackName" }, { "Fn::Select": [0, { "Fn::GetAZs": "" }] }]] },
      Arn: { "Fn::GetAtt": ["B", "Endpoint.Arn"] },
      Text: { "Fn::Sub": [at("x"), { x: { "Fn::If": ["C", "yes", { Ref: "AWS::NoValue" }] } }] },
    });
  });

  const one = "A: { Type: AWS::ECS::Cluster }";
  test.each([
    ["{", /JSON not well-formed/],
    ["a: [", /YAML not well-formed/],
    ["[]", /unsupported structure/],
    ["Resources: {}", /At least one Resources member/],
    [`Resources: { ${one} }\nFoo: 1`, /Invalid template property or properties \[Foo\]/],
    [`Resources: { ${one} }\nTransform: AWS::Serverless-2016-10-31`, /no transforms/],
    ["Resources: { a-b: { Type: AWS::ECS::Cluster } }", /Resource name a-b is non alphanumeric/],
    ["Resources: { A: { Properties: {} } }", /must contain a Type member/],
    [`Resources: { ${one} }\nOutputs: { X: {} }`, /Output X is malformed/],
    [`Resources: &a { ${one} }\nOutputs: *a`, /YAML aliases are not allowed/],
    [" ".repeat(51_201), /length less than or equal to 51200/],
  ])("%j is refused", (text, message) => {
    expect(() => readTemplate(text)).toThrow(message);
  });
});

describe("references", () => {
  test("say what is made first", () => {
    const { resources } = template;
    expect([...dependenciesOf(template, resources.Later as never)]).toEqual(["Repo"]);
  });

  test.each([
    ["A: { Type: T, Properties: { x: !Ref B } }", /Unresolved resource dependencies \[B\]/],
    ["A: { Type: T, DependsOn: C }", /Unresolved resource dependencies \[C\]/],
    [
      `A: { Type: T, Properties: { x: !Ref B } }\n  B: { Type: T, Properties: { x: !Sub '${at("A.Arn")}' } }`,
      /Circular dependency between resources: \[A, B\]/,
    ],
  ])("%s is refused", (resources, message) => {
    expect(() => checkReferences(readTemplate(`Resources:\n  ${resources}`))).toThrow(message);
  });
});

describe("parameters", () => {
  const wanting = readTemplate(`
Parameters:
  Env: { Type: String, AllowedValues: [dev, prod] }
  Count: { Type: Number, Default: 1, MinValue: 1, MaxValue: 3 }
  Name: { Type: String, Default: abc, AllowedPattern: "[a-z]+", ConstraintDescription: "must be small letters" }
Resources: { A: { Type: T } }
`);
  const given = (values: Record<string, string>) =>
    Object.entries(values).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));

  test("are given, as before, or their default", () => {
    expect(readParameters(wanting, given({ Env: "prod" }))).toEqual({ Env: "prod", Count: "1", Name: "abc" });
    const before = { Env: "dev", Count: "2", Name: "x" };
    expect(
      readParameters(
        wanting,
        [{ ParameterKey: "Env", UsePreviousValue: true }, ...given({ Count: "3" })],
        before,
      ),
    ).toEqual({ Env: "dev", Count: "3", Name: "abc" });
  });

  test.each([
    [{}, "Parameters: [Env] must have values"],
    [{ Env: "dev", Foo: "1" }, "Parameters: [Foo] do not exist in the template"],
    [{ Env: "test" }, "Parameter 'Env' must be one of AllowedValues"],
    [{ Env: "dev", Count: "4" }, "Parameter 'Count' must be a number not greater than 3"],
    [{ Env: "dev", Count: "many" }, "Parameter 'Count' must be a number"],
    [{ Env: "dev", Name: "ABC" }, "Parameter 'Name' must be small letters"],
  ])("%j is refused", (values, message) => {
    expect(() => readParameters(wanting, given(values as Record<string, string>))).toThrow(message);
  });
});

test.each([
  ["10.1.2.3/16", 3, 4, ["10.1.0.0/28", "10.1.0.16/28", "10.1.0.32/28"]],
  ["10.0.0.0/24", 257, 0, undefined],
  ["10.0.0.0/24", 2, 8, undefined],
  ["300.0.0.0/24", 1, 4, undefined],
  ["10.0.0.0", 1, 4, undefined],
])("%s in %d blocks of %d bits", (block, count, bits, expected) => {
  expect(subnetBlocks(block, count, bits)).toEqual(expected);
});
