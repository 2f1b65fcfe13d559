import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openManagedPolicies } from "../src/services/iam/managed-policy-catalogue.ts";
import { dataDirectory } from "./support/roadstead.ts";

/** docs/service-linked-roles.md says what each permission of AWSServiceRoleForECS is for, and where that is tested. */

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const page = readFileSync(at("docs/service-linked-roles.md"), "utf8");
const [used = "", unused = ""] = page.split("## Not used here");
const arn = "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy";
const document = openManagedPolicies(dataDirectory).get(arn)?.document ?? "{}";
const actions = (
  JSON.parse(document) as { Statement: readonly { Action: string | readonly string[] }[] }
).Statement.flatMap(({ Action }) => [Action].flat());

const named = (text: string): readonly string[] =>
  [...text.matchAll(/`([a-z0-9-]+:[A-Z]\w*\*?)`/g)].map(([, name = ""]) => name);

/** Rows of the tables: actions, and the file of the test. */
const rows = [...used.matchAll(/^\| (`[a-z].*?) \| .*? \| `(.*?)` \|$/gm)].map(
  ([, first = "", file = ""]) => [named(first), file] as const,
);

describe("the permissions of AWSServiceRoleForECS", () => {
  test("are each explained once, and no others", () => {
    const explained = [...rows.flatMap(([names]) => names), ...named(unused)];
    expect([...explained].sort()).toEqual([...new Set(actions)].sort());
  });

  test.each(rows)("%j: the test takes them away", (names, file) => {
    const path = file.startsWith("src/") ? at(`${file}.test.ts`) : at(`test/clients/${file}.test.ts`);
    expect(existsSync(path)).toBe(true);
    const text = readFileSync(path, "utf8");
    const missing = names.filter(
      (name) => !text.includes(name) && !text.includes(name.split(":")[1] ?? name),
    );
    expect(missing).toEqual([]);
  });
});
