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
      "Only the newest decisions are kept, in memory.",
      "repeat the call and use the request id it prints (aws --debug, or the log)",
    );
  }
  for (const decision of decisions) process.stdout.write(rendered(decision));
}

function rendered(decision: Json): string {
  if (!isJsonObject(decision)) return "";
  const verdicts = Array.isArray(decision.verdicts) ? decision.verdicts.filter(isJsonObject) : [];
  const head = `${String(decision.operation)} at ${String(decision.time)}\n`;
  return head + verdicts.map(verdict).join("");
}

function verdict(entry: { readonly [key: string]: Json }): string {
  const deciding = Array.isArray(entry.deciding) ? entry.deciding.filter(isJsonObject) : [];
  const context = isJsonObject(entry.context) ? entry.context : {};
  return [
    `  ${String(entry.outcome)}: ${String(entry.principal)} ${String(entry.action)} on ${String(entry.resource)}`,
    entry.decidedBy === null ? "" : `    decided by: ${String(entry.decidedBy)}`,
    ...deciding.map(
      (match) =>
        `    ${String(match.effect)} statement ${String(match.sid ?? match.index)} of ${String(match.policy)} (${String(match.kind)})`,
    ),
    "    context:",
    ...Object.entries(context).map(([key, values]) => `      ${key} = ${JSON.stringify(values)}`),
    "",
  ]
    .filter((line) => line !== "")
    .join("\n")
    .concat("\n");
}
