import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { AccountId } from "../kernel/brand.ts";
import { requestContext } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { denialMessage } from "./explain.ts";
import { compilePolicy } from "./parse/compile.ts";
import type { AccessRequest, Decision, NamedPolicy, RequestPrincipal } from "./types.ts";

/** A file of `test/scenarios/authz`: requests with their policies and what AWS's documentation says of them. */
interface ScenarioFile {
  readonly title: string;
  readonly source: string;
  readonly principals: Readonly<Record<string, RequestPrincipal>>;
  readonly cases: readonly Scenario[];
}

type Statements = readonly object[];

interface Scenario {
  readonly title: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount: AccountId;
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
  readonly policies: {
    readonly identity?: readonly Statements[];
    readonly resource?: Statements;
    readonly resourceKind?: "resource" | "trust" | "key";
    readonly boundary?: Statements;
    readonly session?: readonly Statements[];
    readonly serviceControl?: readonly (readonly Statements[])[];
  };
  readonly expect: Partial<Pick<Decision, "outcome" | "decidedBy" | "missingContextKeys">> & {
    readonly message?: string;
  };
}

const folder = new URL("../../test/scenarios/authz/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

function compiled(name: string, statements: Statements): NamedPolicy {
  return { name, document: compilePolicy({ Version: "2012-10-17", Statement: statements }) };
}

test("there are scenarios", () => {
  expect(files.length).toBeGreaterThan(5);
});

for (const file of files) {
  const { title, source, principals, cases } = JSON.parse(
    readFileSync(new URL(file, folder), "utf8"),
  ) as ScenarioFile;
  describe(`${title} (${source})`, () => {
    test.each(cases.map((one) => [one.title, one] as const))("%s", (_, one) => {
      const principal = principals[one.principal];
      if (principal === undefined) throw new Error(`${one.principal} is no principal of ${file}`);
      const { action, resource, resourceAccount, policies } = one;
      const request: AccessRequest = {
        principal,
        action,
        resource,
        resourceAccount,
        context: requestContext(one.context ?? {}),
      };
      const decision = evaluate(request, {
        identity: (policies.identity ?? []).map((list, i) => compiled(`identity ${i}`, list)),
        resource: policies.resource === undefined ? [] : [compiled("resource", policies.resource)],
        resourceKind: policies.resourceKind,
        boundary: policies.boundary && compiled("boundary", policies.boundary),
        session: policies.session?.map((list, i) => compiled(`session ${i}`, list)),
        serviceControl: policies.serviceControl?.map((level) =>
          level.map((list, i) => compiled(`level ${i}`, list)),
        ),
      });
      const { message, ...expected } = one.expect;
      expect(decision).toMatchObject(expected);
      expect(decision.allowed).toBe(expected.outcome === "allowed");
      if (message !== undefined) expect(denialMessage(decision, request)).toBe(message);
    });
  });
}
