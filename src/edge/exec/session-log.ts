import {
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  type InputLogEvent,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import type { Client } from "../../dispatch/context.ts";
import type { Clock } from "../../kernel/clock.ts";
import { second } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import type { ExecLog } from "./ports.ts";
import type { SessionLogging } from "./session-plan.ts";

/** How often lines are sent, and how many at once; the bounds are of PutLogEvents. */
const sendEvery = 5 * second;
const mostLines = 1000;
/** A longer line is cut, in bytes. */
const longestLine = 16 * 1024;
/** What may wait, in characters: a log that takes no more is given up. */
const mostWaiting = 4 * 1024 * 1024;

/** Says why a session cannot be logged as it must be, or may not be; AWS's words. */
export type LogCheck =
  | { readonly ok: true }
  | { readonly ok: false; readonly refused?: string; readonly warning?: string };

/** AWS: the agent's words, which end the session. */
const notEncrypted =
  "We couldn't start the session because encryption is not set up on the selected CloudWatch Logs log group. Either encrypt the log group or choose an option to enable logging without encryption.";
/** AWS: the agent's words, which are shown as the session starts. */
const noGroup =
  "CloudWatch log group specified in session preferences either does not exist or unable to validate its existence. This might result in no logging of session data to CloudWatch.";

/** Looks at the log group as the task's role, as AWS's agent does before the session begins. */
export async function checkLogGroup(
  role: Client,
  { logGroup, encrypted }: SessionLogging,
): Promise<LogCheck> {
  try {
    const { logGroups = [] } = await role.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: logGroup }),
    );
    const found = logGroups.find(({ logGroupName }) => logGroupName === logGroup);
    if (encrypted && !found?.kmsKeyId) return { ok: false, refused: notEncrypted };
    return found === undefined ? { ok: false, warning: noGroup } : { ok: true };
  } catch (error) {
    if (!isFault(error)) throw error;
    return encrypted ? { ok: false, refused: notEncrypted } : { ok: false, warning: noGroup };
  }
}

/**
 * Writes what a session shows into a log stream of its own, named after it, with the task's role. A log that cannot be
 * written ends no session, as on AWS.
 */
export class SessionLog {
  readonly #role: Client;
  readonly #stream: { readonly logGroupName: string; readonly logStreamName: string };
  readonly #clock: Clock;
  readonly #log: ExecLog;
  readonly #decoder = new TextDecoder();
  readonly #timer: NodeJS.Timeout;
  #line = "";
  #lines: InputLogEvent[] = [];
  #waiting = 0;
  #given = false;
  #sending: Promise<void>;

  constructor(
    ports: { readonly role: Client; readonly clock: Clock; readonly log: ExecLog },
    logGroupName: string,
    logStreamName: string,
  ) {
    this.#role = ports.role;
    this.#clock = ports.clock;
    this.#log = ports.log;
    this.#stream = { logGroupName, logStreamName };
    this.#sending = this.#attempt(() => this.#role.send(new CreateLogStreamCommand(this.#stream)));
    this.#timer = setInterval(() => this.#send(), sendEvery);
    this.#timer.unref();
  }

  write(bytes: Buffer): void {
    if (this.#given) return;
    const [first = "", ...more] = this.#decoder.decode(bytes, { stream: true }).split("\n");
    this.#line += first;
    for (const next of more) {
      this.#endLine();
      this.#line = next;
    }
    while (this.#line.length > longestLine) {
      const rest = this.#line.slice(longestLine);
      this.#line = this.#line.slice(0, longestLine);
      this.#endLine();
      this.#line = rest;
    }
  }

  /** Resolves when everything was sent, or was given up. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#endLine();
    this.#send();
    await this.#sending;
  }

  #endLine(): void {
    const message = this.#line.replace(/\r$/, "");
    this.#line = "";
    if (message === "") return;
    this.#lines.push({ timestamp: this.#clock.now(), message });
    this.#waiting += message.length;
    if (this.#waiting > mostWaiting) this.#giveUp(new Error("the log takes too long"));
    else if (this.#lines.length >= mostLines) this.#send();
  }

  #send(): void {
    while (this.#lines.length > 0) {
      const batch = this.#lines.splice(0, batchSize(this.#lines));
      this.#sending = this.#sending.then(async () => {
        await this.#attempt(() =>
          this.#role.send(new PutLogEventsCommand({ ...this.#stream, logEvents: batch })),
        );
        this.#waiting -= batch.reduce((sum, { message }) => sum + (message?.length ?? 0), 0);
      });
    }
  }

  async #attempt(call: () => Promise<unknown>): Promise<void> {
    if (this.#given) return;
    try {
      await call();
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #giveUp(error: unknown): void {
    this.#given = true;
    this.#lines = [];
    const why = error instanceof Error ? error.message : String(error);
    this.#log.info({ ...this.#stream, why }, "a session is not logged");
  }
}

/** How many lines go in one call: at most half of what PutLogEvents takes. */
function batchSize(lines: readonly InputLogEvent[]): number {
  let size = 0;
  let characters = 0;
  while (size < Math.min(lines.length, mostLines) && characters < 128 * 1024) {
    characters += lines[size++]?.message?.length ?? 0;
  }
  return size;
}
