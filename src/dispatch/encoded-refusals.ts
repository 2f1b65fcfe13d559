import { readFileSync } from "node:fs";
import { join } from "node:path";
import { denialMessage } from "../authz/explain.ts";
import type { AccountId } from "../kernel/brand.ts";
import { Fault } from "../kernel/fault.ts";
import { isJsonObject, parseJson } from "../kernel/json.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Sealer } from "../store/types.ts";
import type { Verdict } from "./authorise.ts";
import { authorizationMessage } from "./authorization-message.ts";

/** How a service refuses operations whose refusals carry an encoded message. */
export interface EncodedRefusal {
  /** `UnauthorizedOperation`. */
  readonly code: string;
  /** The operations that are refused so: all (`*`), or these. */
  readonly operations: "*" | readonly string[];
  /** What CloudTrail writes before the service's error codes: `Client.` (EC2: `Client.UnauthorizedOperation`). */
  readonly recordedWith?: string;
}

/** Which services refuse so, by signing name: `data/encoded-refusals.json`. */
export type EncodedRefusalTable = Readonly<Record<string, EncodedRefusal>>;

/** Reads the table. */
export function openEncodedRefusals(dataDirectory: string): EncodedRefusalTable {
  const text = readFileSync(join(dataDirectory, "encoded-refusals.json"), "utf8");
  return JSON.parse(text) as EncodedRefusalTable;
}

/** Makes the refusals that carry an encoded message, and opens the messages. */
export interface EncodedRefusals {
  /** The fault of a refused permission; `undefined` where the operation's refusals are plain. */
  fault(service: string, operation: string, verdict: Verdict, principal: Principal): Fault | undefined;
  /** An error code of the service as CloudTrail records it; `undefined` where the record has the code as it is. */
  recordedCode(service: string, code: string): string | undefined;
  /** What an encoded message says; `undefined` when it is none, or was made for another account's caller. */
  decode(encoded: string, account: AccountId): string | undefined;
}

const purpose = "authorization-message";
/** DecodeAuthorizationMessage takes no longer ones (STS API Reference). */
const longestEncoded = 10_240;

/** Makes them over the sealer: only this installation can read what it encoded. */
export function createEncodedRefusals(table: EncodedRefusalTable, sealer: Sealer): EncodedRefusals {
  /** Context keys are left out from the end while the message is too long to be decoded. */
  function encode(verdict: Verdict, principal: Principal): string {
    const account = principal.type === "Anonymous" ? "" : principal.account;
    for (let conditions = verdict.request.context.size; ; conditions = Math.floor(conditions / 2)) {
      const message = JSON.stringify(authorizationMessage(verdict, principal, conditions));
      const encoded = sealer.seal(purpose, JSON.stringify({ account, message }));
      if (encoded.length <= longestEncoded || conditions === 0) return encoded;
    }
  }

  return {
    fault(service, operation, verdict, principal) {
      const refusal = table[service];
      if (refusal === undefined) return undefined;
      if (refusal.operations !== "*" && !refusal.operations.includes(operation)) return undefined;
      const why = denialMessage(verdict.decision, verdict.request, verdict.shown);
      // EC2's words (EC2 API Reference, "Error codes": UnauthorizedOperation; IAM User Guide, "Troubleshoot access denied").
      return new Fault(
        refusal.code,
        `You are not authorized to perform this operation. ${why}. Encoded authorization failure message: ${encode(verdict, principal)}`,
        { status: 403 },
      );
    },
    recordedCode(service, code) {
      const prefix = table[service]?.recordedWith;
      return prefix === undefined ? undefined : prefix + code;
    },
    decode(encoded, account) {
      const opened = parseJson(sealer.open(purpose, encoded) ?? "");
      if (!isJsonObject(opened) || opened.account !== account) return undefined;
      return typeof opened.message === "string" ? opened.message : undefined;
    },
  };
}
