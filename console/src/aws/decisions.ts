import type { Session } from "../session/session.ts";
import { askRoute } from "./own-routes.ts";

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

/**
 * Asks for the decision of a call by its request id.
 * @throws RouteRefusal when the person may not know, or it is no longer kept.
 */
export async function decisionOf(
  session: Pick<Session, "credentials">,
  requestId: string,
): Promise<DecisionReport> {
  const path = `/_roadstead/decisions/${encodeURIComponent(requestId)}`;
  const response = await askRoute(session, "us-east-1", path);
  return (await response.json()) as DecisionReport;
}
