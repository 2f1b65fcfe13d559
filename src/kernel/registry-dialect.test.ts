import { describe, expect, test } from "vitest";
import type { AccountId, Region } from "./brand.ts";
import { type DialectRule, dialectOf, parseDialectRule } from "./registry-dialect.ts";

const registry = { account: "111122223333" as AccountId, region: "eu-west-1" as Region };

describe("a rule for dialects", () => {
  test.each<readonly [string, object | undefined]>([
    ["oci", { dialect: "oci" }],
    ["ecr", { dialect: "ecr" }],
    ["111122223333=oci", { account: "111122223333", dialect: "oci" }],
    ["111122223333.eu-west-1=ecr", { ...registry, dialect: "ecr" }],
    ["docker", undefined],
    ["", undefined],
    ["=oci", undefined],
    ["1111=oci", undefined],
    ["111122223333.=oci", undefined],
    ["111122223333.mars-1=oci", undefined],
    ["111122223333,eu-west-1=oci", undefined],
    ["111122223333=oci=ecr", undefined],
  ])("%j", (text, expected) => {
    expect(parseDialectRule(text)).toEqual(expected);
  });

  test.each<readonly [string, string]>([
    ["", "ecr"],
    ["oci", "oci"],
    ["oci ecr", "ecr"],
    ["111122223333=oci", "oci"],
    ["444455556666=oci", "ecr"],
    ["111122223333.eu-west-1=oci 111122223333=ecr ecr", "oci"],
    ["111122223333.us-east-1=oci", "ecr"],
    ["oci 111122223333=ecr", "ecr"],
  ])("of %j, the most exact counts: %s", (texts, expected) => {
    const rules = texts
      .split(" ")
      .map(parseDialectRule)
      .filter((rule): rule is DialectRule => rule !== undefined);
    expect(dialectOf(rules, registry)).toBe(expected);
  });

  test("a request that names no registry goes by the general rule", () => {
    const rules: DialectRule[] = [{ dialect: "oci" }, { account: registry.account, dialect: "ecr" }];
    expect(dialectOf(rules, undefined)).toBe("oci");
  });
});
