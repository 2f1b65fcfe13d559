import { GetUserCommand, IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, codeOf, sendSigned } from "../failure/signed.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Forms of AWS Query as no client would write them: each is answered as AWS answers it, or refused and changes nothing. */

const account = "222222222222";
let roadstead: TestRoadstead;
let iam: IAMClient;
beforeAll(async () => {
  roadstead = await testRoadstead();
  iam = new IAMClient({ ...roadstead.client(account), maxAttempts: 1 });
});
afterAll(async () => {
  iam.destroy();
  await roadstead.stop();
});

const post = (service: string, body: string): Promise<Answer> =>
  sendSigned(roadstead.url, account, service, {
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
    body,
  });
const messageOf = ({ body }: Answer) => /<Message>([^<]*)<\/Message>/.exec(body.toString("utf8"))?.[1] ?? "";
const user = "Action=CreateUser&Version=2010-05-08";
const json = '{"Message"';

describe("a form that names no operation", () => {
  test.each<readonly [string, string, string, string, string]>([
    [
      "iam",
      "without a version",
      "Action=ListUsers",
      "InvalidAction",
      "Could not find operation ListUsers for version NO_VERSION_SPECIFIED",
    ],
    [
      "iam",
      "of STS's version",
      "Action=ListUsers&Version=2011-06-15",
      "InvalidAction",
      "Could not find operation ListUsers for version 2011-06-15",
    ],
    [
      "iam",
      "of no service",
      "Action=Nothing&Version=2010-05-08",
      "InvalidAction",
      "Could not find operation Nothing for version 2010-05-08",
    ],
    [
      "iam",
      "of STS",
      "Action=AssumeRole&Version=2010-05-08",
      "InvalidAction",
      "Could not find operation AssumeRole for version 2010-05-08",
    ],
    [
      "iam",
      "in another case",
      "Action=listUsers&Version=2010-05-08",
      "InvalidAction",
      "Could not find operation listUsers for version 2010-05-08",
    ],
    [
      "sts",
      "without a version",
      "Action=GetCallerIdentity",
      "InvalidAction",
      "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED",
    ],
    [
      "sts",
      "without an action",
      "Version=2011-06-15",
      "MissingAction",
      "The request must contain the parameter Action",
    ],
  ])("%s, %s", async (service, _what, body, code, message) => {
    const answer = await post(service, body);
    expect([answer.status, codeOf(answer), messageOf(answer)]).toEqual([400, code, message]);
  });

  test("a JSON target is not IAM's", async () => {
    const answer = await sendSigned(roadstead.url, account, "iam", {
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSIdentityManagementV20100508.ListUsers",
      },
      body: "{}",
    });
    expect(answer.status).toBe(404);
    expect(answer.body.toString()).not.toContain(json);
  });
});

describe("a form that AWS takes", () => {
  test.each<readonly [string, string, object]>([
    ["unknown fields", "UserName=unknown&Nonsense=1&Nonsense.member.1=2", { UserName: "unknown" }],
    ["a field twice: the last holds", "UserName=first&UserName=twice", { UserName: "twice" }],
    ["an empty list", "UserName=empty&Tags=", { UserName: "empty" }],
    [
      "list numbers with gaps and out of order",
      "UserName=gaps&Tags.member.7.Key=b&Tags.member.7.Value=2&Tags.member.3.Key=a&Tags.member.3.Value=1",
      {
        UserName: "gaps",
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      },
    ],
    [
      "an empty value where one may be",
      "UserName=blank&Tags.member.1.Key=a&Tags.member.1.Value=",
      { UserName: "blank", Tags: [{ Key: "a", Value: "" }] },
    ],
    ["plus signs and percent signs", "UserName=plus%2B%40x", { UserName: "plus+@x" }],
  ])("%s", async (_what, fields, expected) => {
    const answer = await post("iam", `${user}&${fields}`);
    expect(answer.status, answer.body.toString()).toBe(200);
    const { UserName } = expected as { UserName: string };
    expect((await iam.send(new GetUserCommand({ UserName }))).User).toMatchObject(expected);
  });
});

describe("a form that is refused, and makes nobody", () => {
  test.each<readonly [string, string, string]>([
    [
      "a list number that is no number",
      "UserName=refused&Tags.member.x.Key=a&Tags.member.x.Value=b",
      "MalformedInput",
    ],
    [
      "a negative list number",
      "UserName=refused&Tags.member.-1.Key=a&Tags.member.-1.Value=b",
      "MalformedInput",
    ],
    ["a list without numbers", "UserName=refused&Tags.Key=a", "MalformedInput"],
    ["text in place of a list", "UserName=refused&Tags=text", "MalformedInput"],
    ["a structure in place of text", "UserName.member.1=refused", "MalformedInput"],
    ["text and members in one", "UserName=refused&UserName.x=y", "MalformedInput"],
    ["a tag without a key", "UserName=refused&Tags.member.1.Value=b", "ValidationError"],
    ["a tag without a value", "UserName=refused&Tags.member.1.Key=a", "ValidationError"],
    [
      "a tag twice, in another case",
      "UserName=refused&Tags.member.1.Key=a&Tags.member.1.Value=1&Tags.member.2.Key=A&Tags.member.2.Value=2",
      "InvalidInput",
    ],
    ["no name", "Path=/", "ValidationError"],
    ["a name of a million letters", `UserName=${"a".repeat(1_000_000)}`, "ValidationError"],
    ["a broken escape", "UserName=%G1", "MalformedQueryString"],
  ])("%s", async (_what, fields, code) => {
    const answer = await post("iam", `${user}&${fields}`);
    expect(codeOf(answer), answer.body.toString().slice(0, 300)).toBe(code);
    expect(answer.body.length).toBeLessThan(1000);
    const { Users = [] } = await iam.send(new ListUsersCommand({}));
    expect(Users.filter(({ UserName }) => /refused|aaaa/.test(UserName ?? ""))).toEqual([]);
  });

  test.each([
    ["no number", "MaxItems=ten", "MalformedInput"],
    ["a fraction", "MaxItems=1.5", "MalformedInput|SerializationException"],
    ["beyond integers", "MaxItems=99999999999999999999", "ValidationError|MalformedInput"],
    ["nothing", "MaxItems=", "MalformedInput"],
    ["hexadecimal", "MaxItems=0x10", "MalformedInput"],
    ["a boolean of words", "OnlyAttached=yes", "MalformedInput"],
  ])("%s where a value is typed", async (_what, field, codes) => {
    const answer = await post("iam", `Action=ListPolicies&Version=2010-05-08&${field}`);
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toMatch(new RegExp(`^(${codes})$`));
  });
});
