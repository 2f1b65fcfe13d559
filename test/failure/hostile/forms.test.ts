import { describe, expect, test } from "vitest";
import { codeOf } from "../signed.ts";
import { expectRefusal, targetOfSuite } from "./target.ts";

const target = targetOfSuite();

describe("wrong forms", () => {
  const rows: readonly (readonly [string, string, number, string | RegExp])[] = [
    ["nothing", "", 400, /^(MissingAction|InvalidAction)$/],
    ["no action", "Version=2010-05-08", 400, /^(MissingAction|InvalidAction)$/],
    ["an action that IAM has not", "Action=OpenSesame&Version=2010-05-08", 400, "InvalidAction"],
    ["an action of every object", "Action=toString&Version=2010-05-08", 400, "InvalidAction"],
    ["broken escapes", "Action=CreateUser&Version=2010-05-08&UserName=%ZZ", 404, "MalformedQueryString"],
    [
      "a list index without end",
      "Action=CreateUser&Version=2010-05-08&UserName=u&Tags.member.99999999999.Key=k",
      400,
      /./,
    ],
    [
      "dots without end",
      `Action=CreateUser&Version=2010-05-08&UserName=u&Tags${".member.1".repeat(5000)}=x`,
      400,
      /./,
    ],
    [
      "more fields than anybody has",
      `Action=ListUsers&Version=2010-05-08${Array.from({ length: 50_000 }, (_, i) => `&a${i}=b`).join("")}`,
      404,
      "MalformedQueryString",
    ],
  ];
  test.each(rows)("%s", async (_what, body, status, code) => {
    expectRefusal(await target.query("iam", body), status, code);
  });

  const names = [
    "",
    "../x",
    "a b",
    "a/b",
    "ä",
    "a\u0000",
    "x".repeat(65),
    "%2e%2e",
    "'; drop table iam_user",
  ];
  test.each(names)("the user name %j", async (UserName) => {
    const answer = await target.iam({ Action: "CreateUser", UserName });
    expectRefusal(answer, 400, UserName.includes("\u0000") ? "MalformedInput" : "ValidationError");
  });

  const arns = [
    "arn:aws:iam::aws:policy/../x",
    "arn:::::::",
    "arn:aws:s3:::bucket",
    "nothing",
    `arn:${":".repeat(2000)}`,
  ];
  test.each(arns)("the policy ARN %j", async (PolicyArn) => {
    const answer = await target.iam({ Action: "GetPolicy", PolicyArn });
    expect(codeOf(answer)).toMatch(/^(ValidationError|InvalidInput|NoSuchEntity)$/);
    expect([400, 404]).toContain(answer.status);
  });

  const documents: readonly (readonly [string, string])[] = [
    ["cut off", '{"Version":"2012-10-17","Statement":['],
    ["no statement", '{"Version":"2012-10-17"}'],
    [
      "another version",
      '{"Version":"2025-01-01","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
    ],
    [
      "another effect",
      '{"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}',
    ],
    [
      "a principal where none belongs",
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}',
    ],
    [
      "action and not-action",
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}',
    ],
    [
      "an operator that is none",
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringSortOf":{"a":"b"}}}]}',
    ],
    ["nesting without end", `{"Version":"2012-10-17","Statement":${"[".repeat(5000)}`],
    ["an array", "[]"],
    ["a number", "17"],
  ];
  test.each(documents)("a policy: %s", async (_what, PolicyDocument) => {
    expectRefusal(
      await target.iam({ Action: "CreatePolicy", PolicyName: "p", PolicyDocument }),
      400,
      "MalformedPolicyDocument",
    );
  });

  test("a policy longer than AWS takes", async () => {
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: Array(2000).fill("arn:aws:s3:::b") }],
    });
    expectRefusal(
      await target.iam({ Action: "CreatePolicy", PolicyName: "p", PolicyDocument }),
      409,
      "LimitExceeded",
    );
    expectRefusal(
      await target.iam({ Action: "CreatePolicy", PolicyName: "p", PolicyDocument: "x".repeat(131_073) }),
      400,
      "ValidationError",
    );
  });
});
