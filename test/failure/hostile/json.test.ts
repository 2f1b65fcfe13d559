import { describe, expect, test } from "vitest";
import { isClear } from "../signed.ts";
import { expectRefusal, targetOfSuite } from "./target.ts";

const target = targetOfSuite();

describe("wrong JSON", () => {
  const badly = "SerializationException";
  const invalid = "InvalidParameterException";
  const rows: readonly (readonly [string, Buffer | string, string])[] = [
    ["cut off", '{"repositoryName":"a', badly],
    ["an array", "[]", badly],
    ["null", "null", badly],
    ["a number", "1", badly],
    ["a text", '"x"', badly],
    ["two values", "{}{}", badly],
    ["a number for a text", '{"repositoryName":5}', badly],
    ["a list for a text", '{"repositoryName":["a"]}', badly],
    ["a text for a list", '{"repositoryName":"a","tags":"x"}', badly],
    ["nesting without end", '{"a":'.repeat(50_000), badly],
    ["brackets without end", "[".repeat(500_000), badly],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), invalid],
    ["a member of the prototype", '{"__proto__":{"repositoryName":"polluted"}}', invalid],
    ["nothing that is needed", "{}", invalid],
    ["a name that climbs", '{"repositoryName":"../../etc/passwd"}', invalid],
    ["a name with NUL", '{"repositoryName":"a\\u0000b"}', badly],
    ["a name in capitals", '{"repositoryName":"App"}', invalid],
    ["a name of half a surrogate pair", '{"repositoryName":"\\ud800"}', invalid],
    ["a name too long", JSON.stringify({ repositoryName: "a".repeat(257) }), invalid],
    ["a word outside its enum", '{"repositoryName":"a","imageTagMutability":"SOMETIMES"}', invalid],
    ["too many tags", JSON.stringify({ repositoryName: "a", tags: tags(201) }), invalid],
  ];
  test.each(rows)("%s", async (_what, body, code) => {
    const answer = await target.ecr("CreateRepository", body);
    expectRefusal(answer, 400, code);
  });

  test("an operation that ECR has not", async () => {
    expectRefusal(await target.ecr("OpenSesame", "{}"), 400, "UnknownOperationException");
    expectRefusal(await target.ecr("../DeleteRepository", "{}"), 400, "UnknownOperationException");
    expectRefusal(await target.ecr("constructor", "{}"), 400, "UnknownOperationException");
  });

  test("numbers beyond every range", async () => {
    for (const maxResults of ["1e400", "-1", "0", "1001", "9007199254740993", "1.5"]) {
      const answer = await target.ecr("DescribeRepositories", `{"maxResults":${maxResults}}`);
      expect(answer.status, maxResults).toBe(400);
      expect(isClear(answer), maxResults).toBe(true);
    }
    expect((await target.ecr("DescribeRepositories", '{"nextToken":"bm90IG91cnM="}')).status).toBe(400);
  });
});

function tags(count: number) {
  return Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: "v" }));
}
