import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatArn, parseArn, rootArn } from "./arn.ts";
import type { AccountId } from "./brand.ts";

describe("ARNs", () => {
  test.each([
    ["arn:aws:iam::111122223333:root", ["aws", "iam", "", "111122223333", "root"]],
    [
      "arn:aws:ecr:eu-west-1:111122223333:repository/a/b",
      ["aws", "ecr", "eu-west-1", "111122223333", "repository/a/b"],
    ],
    ["arn:aws:logs:r:1:log-group:/x:*", ["aws", "logs", "r", "1", "log-group:/x:*"]],
    ["arn:aws:s3:::bucket", ["aws", "s3", "", "", "bucket"]],
  ])("%s", (text, [partition, service, region, account, resource]) => {
    expect(parseArn(text)).toEqual({ partition, service, region, account, resource });
  });

  test.each(["", "*", "arn", "arn:", "arn:aws", "arn:aws:iam::111122223333", "arn:aws:iam::111122223333:"])(
    "%j is none",
    (text) => {
      expect(parseArn(text)).toBeUndefined();
    },
  );

  test.each(["arn:::::x", "arn::iam:::x", "arn:aws::::x", "ARN:aws:iam:::x", " arn:aws:iam:::x"])(
    "%j is none",
    (text) => {
      expect(parseArn(text)).toBeUndefined();
    },
  );

  test("of the root", () => {
    expect(rootArn("111122223333" as AccountId)).toBe("arn:aws:iam::111122223333:root");
  });

  test("are read as they were made, whatever the resource holds", () => {
    const part = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
    const resource = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(part, part, part, resource, (service, region, account, resource) => {
        expect(parseArn(formatArn(service, region, account, resource))).toEqual({
          partition: "aws",
          ...{ service, region, account, resource },
        });
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("nothing breaks the reader", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("arn", ":", "/", "*", "a", "é") }), (text) => {
        const parts = parseArn(text);
        if (parts === undefined) return;
        const { partition, service, region, account, resource } = parts;
        expect(["arn", partition, service, region, account, resource].join(":")).toBe(text);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
