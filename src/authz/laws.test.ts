// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "./evaluate.ts";
import { compilePolicy } from "./parse/compile.ts";
import { PolicySyntaxError } from "./parse/syntax-error.ts";
import { type PolicyDocumentKind, validatePolicy } from "./parse/validate.ts";
import {
  documentOf,
  type PolicyCase,
  policiesOf,
  policyCase,
  requestOf,
  type StatementJson,
  statement,
} from "./policy-case.arbitrary.ts";

const runs = { numRuns: 800, seed: 20 };

function decide(one: PolicyCase) {
  return evaluate(requestOf(one), policiesOf(one));
}

/** Where a statement can be added. */
type Place = "identity" | "resource" | "boundary" | "session" | "control";
const place = fc.constantFrom<Place>("identity", "resource", "boundary", "session", "control");

/** The case with one more statement in a policy that it has already, or a new identity or resource policy. */
function withStatement(one: PolicyCase, at: Place, added: StatementJson, named: StatementJson): PolicyCase {
  switch (at) {
    case "identity":
      return { ...one, identity: [...one.identity, [added]] };
    case "resource":
      return { ...one, resourcePolicy: [...(one.resourcePolicy ?? []), named] };
    case "boundary":
      return { ...one, ...(one.boundary && { boundary: [...one.boundary, added] }) };
    case "session":
      return { ...one, ...(one.session && { session: [...one.session, added] }) };
    case "control":
      return {
        ...one,
        ...(one.serviceControl && { serviceControl: one.serviceControl.map((level) => [...level, added]) }),
      };
  }
}

const denyAll = { Effect: "Deny", Action: "*", Resource: "*" };

describe("laws of evaluation", () => {
  test("an explicit deny always wins", () => {
    return fc.assert(
      fc.property(policyCase, place, (one, at) => {
        const denied = withStatement(one, at, denyAll, { ...denyAll, Principal: "*" });
        const before = JSON.stringify(one);
        if (JSON.stringify(denied) !== before) expect(decide(denied).outcome).toBe("explicitDeny");
      }),
      runs,
    );
  });

  test("adding an allow never takes a permission away", () => {
    const allow = fc.tuple(statement(false), statement(true)).map(([plain, named]) => {
      const { NotPrincipal: listed, ...rest } = named;
      const Principal = named.Principal ?? listed;
      return [
        { ...plain, Effect: "Allow" },
        { ...rest, Principal, Effect: "Allow" },
      ] as const;
    });
    return fc.assert(
      fc.property(policyCase, place, allow, (one, at, [plain, named]) => {
        if (decide(one).allowed) expect(decide(withStatement(one, at, plain, named)).allowed).toBe(true);
      }),
      runs,
    );
  });

  test("adding a deny never gives a permission", () => {
    return fc.assert(
      fc.property(policyCase, place, statement(false), statement(true), (one, at, plain, named) => {
        const more = withStatement(one, at, { ...plain, Effect: "Deny" }, { ...named, Effect: "Deny" });
        if (!decide(one).allowed) expect(decide(more).allowed).toBe(false);
      }),
      runs,
    );
  });

  test("boundaries, session policies and service control policies only narrow", () => {
    return fc.assert(
      fc.property(policyCase, fc.constantFrom("boundary", "session", "serviceControl"), (one, limit) => {
        const { [limit]: _limit, ...without } = one;
        if (decide(one).allowed) expect(decide(without).allowed).toBe(true);
      }),
      runs,
    );
  });

  test("only a direct grant of the resource outlasts a silent boundary or session policy", () => {
    const silent: readonly StatementJson[] = [{ Effect: "Allow", Action: "none:*", Resource: "*" }];
    return fc.assert(
      fc.property(policyCase, fc.constantFrom("boundary", "session"), (one, limit) => {
        const { type } = one.principal;
        if (type === "AWSService" || type === "Anonymous") return;
        const decision = decide({ ...one, [limit]: silent });
        const byResource = decision.deciding.some((match) => /resource|trust/.test(match.kind));
        if (decision.allowed) expect(byResource).toBe(true);
      }),
      runs,
    );
  });

  test("the order of statements and of policies is irrelevant", () => {
    const reversed = (list: readonly StatementJson[] | undefined) => list?.toReversed();
    return fc.assert(
      fc.property(policyCase, (one) => {
        const turned: PolicyCase = {
          ...one,
          identity: one.identity.map((list) => list.toReversed()).toReversed(),
          resourcePolicy: reversed(one.resourcePolicy),
          boundary: reversed(one.boundary),
          session: reversed(one.session),
          serviceControl: one.serviceControl?.map((list) => list.toReversed()),
        };
        const [a, b] = [decide(one), decide(turned)];
        expect([b.outcome, b.decidedBy, b.missingContextKeys]).toEqual([
          a.outcome,
          a.decidedBy,
          a.missingContextKeys,
        ]);
        expect(b.deciding.length).toBe(a.deciding.length);
      }),
      runs,
    );
  });

  test("one statement with two actions is two statements with one each", () => {
    const split = (list: readonly StatementJson[]) =>
      list.flatMap((each) =>
        Array.isArray(each.Action)
          ? each.Action.map((action: unknown) => ({ ...each, Action: action }))
          : [each],
      );
    return fc.assert(
      fc.property(policyCase, (one) => {
        const apart: PolicyCase = {
          ...one,
          identity: one.identity.map(split),
          resourcePolicy: one.resourcePolicy && split(one.resourcePolicy),
          boundary: one.boundary && split(one.boundary),
          session: one.session && split(one.session),
          serviceControl: one.serviceControl?.map(split),
        };
        expect(decide(apart).outcome).toBe(decide(one).outcome);
      }),
      runs,
    );
  });

  test("a decision names a kind exactly when it refuses, and statements unless all were silent", () => {
    return fc.assert(
      fc.property(policyCase, (one) => {
        const { allowed, outcome, decidedBy, deciding } = decide(one);
        expect(allowed).toBe(outcome === "allowed");
        expect(decidedBy === undefined).toBe(allowed);
        expect(deciding.length > 0).toBe(outcome !== "implicitDeny");
        for (const match of deciding) expect(match.effect).toBe(allowed ? "Allow" : "Deny");
      }),
      runs,
    );
  });
});

describe("any document at all", () => {
  const parts = fc.constantFrom<unknown>(
    "Allow",
    "*",
    "ecr:*",
    "${a",
    "",
    "2012-10-17",
    1,
    true,
    null,
    [],
    {},
  );
  const almostPolicy = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      parts,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom(
          "Version",
          "Statement",
          "Effect",
          "Action",
          "NotAction",
          "Resource",
          "Principal",
          "NotPrincipal",
          "AWS",
          "Condition",
          "StringLike",
          "Null",
          "IpAddress",
          "DateEquals",
          "Sid",
          "__proto__",
          "constructor",
        ),
        tie("value"),
        { maxKeys: 4 },
      ),
    ),
  })).value;

  function compiles(document: string | object): void {
    try {
      compilePolicy(document);
    } catch (error) {
      expect(error).toBeInstanceOf(PolicySyntaxError);
    }
  }

  test("compiles or throws a PolicySyntaxError", () => {
    return fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.anything(), almostPolicy), (value) => {
        compiles(typeof value === "object" && value !== null ? value : String(value));
        compiles(JSON.stringify(value) ?? "");
      }),
      { numRuns: 1500, seed: 3 },
    );
  });

  test("is validated without an exception", () => {
    const kinds: readonly PolicyDocumentKind[] = [
      "identity",
      "managed",
      "resource",
      "trust",
      "scp",
      "session",
    ];
    return fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          almostPolicy.map((v) => JSON.stringify(v)),
        ),
        (text) => {
          for (const kind of kinds) expect(Array.isArray(validatePolicy(text, kind))).toBe(true);
        },
      ),
      { numRuns: 1500, seed: 3 },
    );
  });

  test.each([
    ["nesting", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["nested objects", `${'{"Statement":'.repeat(50_000)}1${"}".repeat(50_000)}`],
    ["length", JSON.stringify({ Statement: [], Id: "x".repeat(2_000_000) })],
  ])("%s is bounded", (_, text) => {
    expect(() => compilePolicy(text)).toThrow(PolicySyntaxError);
  });

  test("what is valid compiles", () => {
    return fc.assert(
      fc.property(fc.array(statement(false), { minLength: 1, maxLength: 4 }), (list) => {
        const text = JSON.stringify(documentOf("2012-10-17", list));
        if (validatePolicy(text, "identity").length === 0)
          expect(compilePolicy(text).statements.length).toBe(list.length);
      }),
      { numRuns: 500, seed: 3 },
    );
  });
});
