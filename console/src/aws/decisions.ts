import { Sha256Js } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { Session } from "../session/session.ts";
import type { Failure } from "./failure.ts";

/** Why a call was decided as it was, as the route answers it (`dispatch/decision-report.ts`). */
export interface DecisionReport {
  readonly requestId: string;
  readonly operation: string | null;
  readonly principal: string | null;
  readonly outcome: string;
  /** Why no policy was asked. */
  readonly refusal: { readonly code: string; readonly message: string } | null;
  readonly verdicts: readonly VerdictReport[];
}

/** One permission that the call needed. */
export interface VerdictReport {
  readonly action: string;
  readonly resource: string;
  readonly outcome: "allowed" | "explicitDeny" | "implicitDeny";
  readonly message: string | null;
  readonly deciding: readonly {
    readonly kind: string;
    readonly policy: string;
    readonly index: number;
    readonly sid: string | null;
    /** JSON; `null` when it is not the viewer's to see. */
    readonly statement: string | null;
  }[];
  readonly considered: readonly {
    readonly kind: string;
    readonly policy: string;
    readonly about: readonly {
      readonly index: number;
      readonly sid: string | null;
      readonly effect: string;
      readonly matches: boolean;
      readonly mismatches: readonly string[];
      readonly failedKeys: readonly string[];
    }[];
  }[];
  readonly context: Readonly<Record<string, readonly string[]>>;
  readonly missingContextKeys: readonly string[];
}

/** Roadstead does not say why: the person may not know, or it is no longer kept. */
class NoDecision extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.name = failure.code;
    this.failure = failure;
  }
}

/** Asks for the decision of a call by its request id, signed like a call of STS. */
export async function decisionOf(
  { credentials }: Pick<Session, "credentials">,
  requestId: string,
): Promise<DecisionReport> {
  const { protocol, host, hostname } = window.location;
  const path = `/_roadstead/decisions/${encodeURIComponent(requestId)}`;
  const signer = new SignatureV4({ service: "sts", region: "us-east-1", credentials, sha256: Sha256Js });
  const { headers } = await signer.sign({
    ...{ method: "GET", protocol, hostname, path, query: {}, headers: { host }, body: undefined },
  });
  const { host: _, ...own } = headers;
  const response = await fetch(path, { headers: own });
  const body: unknown = await response.json();
  if (response.ok) return body as DecisionReport;
  const { error: code = "Error", message = "" } = body as {
    readonly error?: string;
    readonly message?: string;
  };
  throw new NoDecision({ code, message });
}
