import * as fc from "fast-check";
import { evaluate } from "../../src/authz/evaluate.ts";
import {
  documentOf,
  owner,
  type PolicyCase,
  policiesOf,
  policyCase,
  requestOf,
  type StatementJson,
} from "../../src/authz/policy-case.arbitrary.ts";
import { installOracle, loadOracle, type Oracle } from "./engine.ts";
import { minimise } from "./minimise.ts";
import { settledDifference } from "./settled-differences.ts";

const ourNames: Readonly<Record<string, string>> = {
  Allowed: "allowed",
  ExplicitlyDenied: "explicitDeny",
  ImplicitlyDenied: "implicitDeny",
};

const [countText = "1000", seedText = "1", shownText = "3"] = process.argv.slice(2);
const [count, seed, shown] = [Number(countText), Number(seedText), Number(shownText)];

const oracle = await loadOracle(installOracle());
const groups = new Map<string, { count: number; settled: boolean; examples: PolicyCase[] }>();
let agreed = 0;
const outcomes: Record<string, number> = {};
const batch = 5_000;
for (let done = 0; done < count; done += batch) {
  for (const one of fc.sample(policyCase, { numRuns: Math.min(batch, count - done), seed: seed + done })) {
    const ours = ourOutcome(one);
    outcomes[ours] = (outcomes[ours] ?? 0) + 1;
    if (ours === oracleOutcome(oracle, one)) agreed++;
    else note(one);
  }
}

console.log(`${count} cases from seed ${seed}: ${agreed} agree; our outcomes ${JSON.stringify(outcomes)}`);
for (const [name, group] of [...groups].sort(([, a], [, b]) => b.count - a.count)) {
  console.log(`${group.settled ? "settled" : "OPEN"}: ${group.count} × ${name}`);
  for (const example of group.settled ? [] : group.examples) console.log(`  ${JSON.stringify(example)}`);
}
process.exitCode = [...groups.values()].some((group) => !group.settled) ? 1 : 0;

/** Groups a disagreement by the settled difference that its smallest form shows, or by the two outcomes. */
function note(one: PolicyCase): void {
  const smallest = minimise(one, (smaller) => {
    if (
      one.resourcePolicy !== undefined &&
      one.action === "sts:AssumeRole" &&
      smaller.resourcePolicy === undefined
    )
      return false;
    const [ours, theirs] = outcomesOf(smaller);
    return ours !== undefined && theirs !== undefined && ours !== theirs;
  });
  const [ours, theirs] = outcomesOf(smallest);
  const settled = settledDifference(smallest, ours, theirs);
  const name = settled ?? `ours ${ours}, theirs ${theirs}`;
  const group = groups.get(name) ?? { count: 0, settled: settled !== undefined, examples: [] };
  group.count++;
  if (group.examples.length < shown) group.examples.push(smallest);
  groups.set(name, group);
}

/** Both outcomes; `undefined` for an engine that cannot read the case. */
function outcomesOf(one: PolicyCase): [string | undefined, string | undefined] {
  try {
    return [ourOutcome(one), oracleOutcome(oracle, one)];
  } catch {
    return [undefined, undefined];
  }
}

function ourOutcome(one: PolicyCase): string {
  return evaluate(requestOf(one), policiesOf(one)).outcome;
}

function oracleOutcome(
  { authorize, loadPolicy, newRequest, strict }: Oracle,
  one: PolicyCase,
): string | undefined {
  const load = (list: readonly StatementJson[], name: string) =>
    loadPolicy(documentOf(one.version, list), { name });
  const { result } = authorize({
    request: newRequest(
      one.principal.type === "Anonymous" ? { type: "Anonymous" } : one.principal.arn,
      { resource: one.resource, accountId: owner },
      one.action,
      one.context,
    ),
    sessionPolicy: one.session && load(one.session, "session"),
    identityPolicies: one.identity.map((list, i) => load(list, `identity ${i}`)),
    serviceControlPolicies: (one.serviceControl ?? []).map((list, i) => ({
      orgIdentifier: `level ${i}`,
      policies: [load(list, `level ${i}`)],
    })),
    resourceControlPolicies: [],
    resourcePolicy: one.resourcePolicy && load(one.resourcePolicy, "resource"),
    permissionBoundaries: one.boundary && [load(one.boundary, "boundary")],
    vpcEndpointPolicies: undefined,
    simulationParameters: strict,
  });
  return ourNames[result];
}
