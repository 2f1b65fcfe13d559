import { readFileSync } from "node:fs";
import { CloudTrailClient, type Event, paginateLookupEvents } from "@aws-sdk/client-cloudtrail";
import type { PolicyDocumentKind } from "../authz/parse/validate.ts";
import { isAccountId } from "../kernel/account.ts";
import { parseArn } from "../kernel/arn.ts";
import { day, hour, minute } from "../kernel/duration.ts";
import { parseJson } from "../kernel/json.ts";
import { commercialRegions } from "../kernel/region.ts";
import { readAuthorizationReference } from "./authorization-reference.ts";
import { checkPolicy, kindOf } from "./policy-check.ts";
import type { Finding } from "./policy-finding.ts";
import { type GeneratedPolicy, generatePolicy } from "./policy-generate.ts";
import { recordedCall } from "./recorded-permissions.ts";
import { Trouble } from "./trouble.ts";

const kinds: readonly PolicyDocumentKind[] = ["identity", "managed", "resource", "trust", "scp", "session"];
/** Regions asked at the same time. */
const atOnce = 4;

/** Checks a policy document in a file, or on standard input (`-`); the exit code is 1 when it has an error. */
export function check(
  file: string,
  options: { readonly kind?: string; readonly json?: boolean },
  dataDirectory: string,
): void {
  const text = textOf(file);
  const kind = options.kind === undefined ? kindOf(text) : kinds.find((known) => known === options.kind);
  if (kind === undefined) {
    throw new Trouble(
      "The policy cannot be checked.",
      `there is no kind '${options.kind}'`,
      `--kind ${kinds.join("|")}`,
    );
  }
  const findings = checkPolicy(text, kind, readAuthorizationReference(dataDirectory));
  const lines = options.json
    ? [JSON.stringify({ kind, findings }, null, 2)]
    : [...findings.map(line), findings.length === 0 ? `Nothing to say against it (${kind} policy).` : ""];
  process.stdout.write(
    lines
      .filter((each) => each !== "")
      .map((each) => `${each}\n`)
      .join(""),
  );
  if (findings.some(({ level }) => level === "error")) process.exitCode = 1;
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (error) {
    throw new Trouble(
      `The policy ${file} cannot be read.`,
      String(error),
      "roadstead policy check policy.json",
    );
  }
}

function line({ level, statement, message }: Finding): string {
  return `${level}: ${statement === undefined ? "" : `statement ${statement}: `}${message}`;
}

/** What `policy generate` is told. */
export interface GenerateOptions {
  readonly principal: string;
  /** `90m`, `1h`, `2d`; the whole event history unless given. */
  readonly since?: string;
  readonly endpoint: string;
  readonly region?: readonly string[];
}

/** Prints the smallest policy that would have allowed what the trail recorded of a principal, and what it left open. */
export async function generate(options: GenerateOptions, dataDirectory: string): Promise<void> {
  const { generated, calls } = await policyFromTrail(options, dataDirectory);
  process.stdout.write(`${JSON.stringify(generated.document, null, 2)}\n`);
  process.stderr.write(remarks(generated, calls, options.since));
}

/** Reads the trail of every region and generates the policy; `calls` is the number it was made from. */
export async function policyFromTrail(
  options: GenerateOptions,
  dataDirectory: string,
): Promise<{ readonly generated: GeneratedPolicy; readonly calls: number }> {
  const account = parseArn(options.principal)?.account;
  if (account === undefined || !isAccountId(account)) {
    throw new Trouble(
      "No policy can be made.",
      `'${options.principal}' is not the ARN of a user or role`,
      "roadstead policy generate --principal arn:aws:iam::000000000000:user/ann",
    );
  }
  const from = options.since === undefined ? undefined : new Date(Date.now() - lengthOf(options.since));
  const regions = [...(options.region ?? commercialRegions)];
  const records: string[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let region = regions.shift(); region !== undefined; region = regions.shift())
        records.push(...(await recordsOf(options, account, region, from)));
    }),
  );
  const calls = records.flatMap((text) => recordedCall(parseJson(text) ?? null, options.principal) ?? []);
  if (calls.length === 0) {
    throw new Trouble(
      `The trail has no call of ${options.principal}.`,
      options.since === undefined ? "it keeps 90 days" : `it was asked for the last ${options.since}`,
      "make the calls first, or name a longer --since",
    );
  }
  return { generated: generatePolicy(calls, readAuthorizationReference(dataDirectory)), calls: calls.length };
}

async function recordsOf(
  { endpoint, principal }: GenerateOptions,
  account: string,
  region: string,
  from: Date | undefined,
): Promise<readonly string[]> {
  const client = new CloudTrailClient({ endpoint, region, credentials: credentials(account) });
  const userName = /:user\/(?:.*\/)?([^/]+)$/.exec(principal)?.[1];
  const events: Event[] = [];
  try {
    const pages = paginateLookupEvents(
      { client },
      {
        StartTime: from,
        LookupAttributes:
          userName === undefined ? [] : [{ AttributeKey: "Username", AttributeValue: userName }],
      },
    );
    for await (const page of pages) events.push(...(page.Events ?? []));
  } catch (error) {
    throw new Trouble(
      `The trail at ${endpoint} does not answer.`,
      error instanceof Error ? `${error.name}: ${error.message}` : String(error),
      "npm start, and export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of somebody who may cloudtrail:LookupEvents",
    );
  } finally {
    client.destroy();
  }
  return events.flatMap(({ CloudTrailEvent: record }) => record ?? []);
}

/** Those of the environment, or else the account's well-known root key. */
function credentials(account: string) {
  const {
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
    AWS_SESSION_TOKEN: sessionToken,
  } = process.env;
  return id === undefined || secret === undefined
    ? { accessKeyId: account, secretAccessKey: "test" }
    : { accessKeyId: id, secretAccessKey: secret, ...(sessionToken !== undefined && { sessionToken }) };
}

function lengthOf(text: string): number {
  const [, count, unit] = /^(\d{1,4})([mhd])$/.exec(text) ?? [];
  if (count === undefined) {
    throw new Trouble("No policy can be made.", `'${text}' is not a length of time`, "--since 90m, 1h or 2d");
  }
  return Number(count) * (unit === "m" ? minute : unit === "h" ? hour : day);
}

/** What a reader of the policy must know: how far back it looked, and what it does not hold as narrowly as it might. */
function remarks(
  { open, denied, unknown }: GeneratedPolicy,
  count: number,
  since: string | undefined,
): string {
  const remark = (actions: readonly string[], what: string) =>
    actions.length === 0 ? [] : [`${what}: ${actions.join(", ")}`];
  return [
    `From ${count} recorded calls ${since === undefined ? "of the last 90 days" : `of the last ${since}, 90 days at most`}: what was done before, or is not recorded, is not in it.`,
    ...remark(open, "On '*', since the trail names no resource of some call"),
    ...remark(unknown, "On '*', since the action is not known here"),
    ...remark(denied, "Not allowed, since the calls were refused"),
    "",
  ].join("\n");
}
