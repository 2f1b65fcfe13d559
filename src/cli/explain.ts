import type { Refusal } from "../dispatch/decision-log.ts";
import type { ConsideredReport, DecisionReport, VerdictReport } from "../dispatch/decision-report.ts";
import { isJsonObject, type Json, parseJson } from "../kernel/json.ts";
import { Trouble } from "./trouble.ts";

/** Shows how a running Roadstead decided a recent call. */
export async function explain(
  requestId: string,
  options: { readonly endpoint: string; readonly json?: boolean },
): Promise<void> {
  const url = new URL(`/_roadstead/decisions?request-id=${encodeURIComponent(requestId)}`, options.endpoint);
  let answer: Json | undefined;
  try {
    answer = parseJson(await (await fetch(url)).text());
  } catch (error) {
    throw new Trouble(`No Roadstead answers at ${options.endpoint}.`, String(error), "npm start");
  }
  const decisions = isJsonObject(answer) && Array.isArray(answer.decisions) ? answer.decisions : [];
  if (options.json) {
    process.stdout.write(`${JSON.stringify(decisions, null, 2)}\n`);
    return;
  }
  if (decisions.length === 0) {
    throw new Trouble(
      `No decision of request ${requestId} is known.`,
      "Only the newest 1,000 calls are kept, in memory.",
      "repeat the call and use the request id it prints (aws --debug, or the log)",
    );
  }
  // The running Roadstead is the one this command was installed with.
  process.stdout.write((decisions as unknown as DecisionReport[]).map(explanation).join("\n"));
}

/** A decision as text: what became of the call and, per permission, what decided, what else was considered, and why. */
export function explanation(report: DecisionReport): string {
  const { operation, time, requestId, principal, outcome, refusal, verdicts } = report;
  const head = [
    `${operation ?? "a request"}: ${outcome}, at ${time}, request ${requestId}`,
    `  by ${principal ?? "nobody who could be told"}`,
  ];
  if (refusal !== null) return text([...head, ...refusalLines(refusal)]);
  if (verdicts.length === 0) return text([...head, "  needs no permission"]);
  return text([...head, ...verdicts.flatMap(verdictLines)]);
}

function text(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

function refusalLines({ stage, code, message, from }: Refusal): string[] {
  const why = {
    request: "no policy was asked: the request came from nobody known, or could not be read",
    input: "no policy was asked: the input is not valid, or the operation is not for this caller",
  }[stage];
  return [`  ${why}`, `    ${code}: ${message}`, `    from ${from}`];
}

function verdictLines(verdict: VerdictReport): string[] {
  const { outcome, principal, action, resource, considered, context, missingContextKeys } = verdict;
  return [
    `  ${outcome}: ${principal} ${action} on ${resource}`,
    ...(verdict.message === null ? [] : [`    answered: ${verdict.message}`]),
    `    decided by ${decisive(verdict)}`,
    "    policies considered:",
    ...(considered.length === 0 ? ["      none"] : considered.flatMap(policyLines)),
    "    context:",
    ...Object.entries(context).map(([key, values]) => `      ${key} = ${JSON.stringify(values)}`),
    ...missingContextKeys.map((key) => `      ${key} is missing, and a condition asked for it`),
  ];
}

function decisive({ outcome, decidedBy, deciding, principal, considered }: VerdictReport): string {
  if (deciding.length > 0) {
    return deciding
      .map(
        ({ effect, index, sid, policy, kind, statement: itself }) =>
          `${effect} ${statement(index, sid)} of ${policy} (${kind})${itself === null ? "" : `\n      ${itself}`}`,
      )
      .join(",\n    and by ");
  }
  if (outcome === "allowed") return `nothing: ${principal} needs no policy here`;
  const applies = considered.some(({ kind }) => kind === decidedBy);
  return applies ? `silence: no ${decidedBy} allows it` : `silence: there is no ${decidedBy}`;
}

function policyLines({ kind, policy, level, statements, about }: ConsideredReport): string[] {
  const where = level === null ? kind : `${kind}, level ${level}`;
  return [
    `      ${policy} (${where}): ${about.length} of ${statements} statements about the action`,
    ...about.map(
      ({ effect, index, sid, matches, mismatches, failedKeys }) =>
        `        ${effect} ${statement(index, sid)}: ${matches ? "matches" : `does not match (${reason(mismatches, failedKeys)})`}`,
    ),
  ];
}

function statement(index: number, sid: string | null): string {
  return `statement ${sid ?? index}`;
}

function reason(mismatches: readonly string[], failedKeys: readonly string[]): string {
  return mismatches
    .map((element) =>
      element === "condition" ? `condition on ${failedKeys.join(", ")}` : `another ${element}`,
    )
    .join("; ");
}
