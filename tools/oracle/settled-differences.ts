// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import type { PolicyCase } from "../../src/authz/policy-case.arbitrary.ts";

/**
 * Names the settled difference that the smallest form of a disagreement shows; `undefined` when it is a new one.
 * Each is argued in docs/decisions/policy-engine-oracle.md under the same name.
 */
export function settledDifference(
  smallest: PolicyCase,
  ours: string | undefined,
  theirs: string | undefined,
): string | undefined {
  const text = JSON.stringify(smallest);
  return differences.find(([, shows]) => shows(smallest, text, `${ours}/${theirs}`))?.[0];
}

const differences: readonly (readonly [
  name: string,
  shows: (one: PolicyCase, text: string, outcomes: string) => boolean,
])[] = [
  [
    "direct grants and session policies",
    ({ principal, session, resourcePolicy }, _, outcomes) =>
      outcomes === "allowed/implicitDeny" &&
      session !== undefined &&
      resourcePolicy !== undefined &&
      principal.account === "111122223333",
  ],
  ["variables in version 2008-10-17", (one, text) => one.version === "2008-10-17" && text.includes("${")],
  ["predefined variables", (_, text) => text.includes("${*}")],
  [
    "numbers",
    ({ context }, text) =>
      /Numeric/.test(text) && /^(1e1|many)$/.test(String(context["aws:MultiFactorAuthAge"])),
  ],
  ["dates as epoch seconds", (_, text) => /"[^"]*Date/.test(text) && text.includes("1893456000")],
  ["a network of all addresses", (_, text) => text.includes("0.0.0.0/0")],
  [
    "default of an empty variable",
    ({ context }, text) => context["aws:PrincipalTag/Team"] === "" && text.includes(", 'team'}"),
  ],
  ["ForAnyValue with IfExists", (_, text) => /ForAnyValue:\w+IfExists/.test(text)],
  ["NotPrincipal", (_, text) => text.includes("NotPrincipal")],
  ["addresses of the other family", (_, text) => /NotIpAddress/.test(text) && text.includes("2001:db8::7")],
  [
    "a variable without value",
    ({ context }, text) => text.includes("aws:username}") && !("aws:username" in context),
  ],
];
