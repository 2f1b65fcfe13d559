import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Ssm } from "../contract.ts";
import type { SessionPorts } from "./ports.ts";
import { countActive, forgetOld, insertSession, newToken, ownerOf, sessionId } from "./session.ts";
import { checkDocument } from "./session-document.ts";
import { streamUrl } from "./stream-url.ts";
import { documentArn, targetArn, targetNotConnected } from "./target.ts";

/** Ours: sessions with one target at once. Each is a process with buffers of its own. */
const mostOfTarget = 100;

/** Starts a session: its data goes over a socket that the answer's token opens. */
export function startSession(ports: SessionPorts): WriteOperation<Ssm, "StartSession"> {
  return {
    name: "StartSession",
    authorise: ({ Target, DocumentName }, ctx) => [
      { action: "ssm:StartSession", resource: targetArn(Target, ctx) },
      // AWS: the document of the shell is not asked about when nobody names it.
      ...(DocumentName === undefined
        ? []
        : [{ action: "ssm:StartSession", resource: documentArn(DocumentName, ctx) }]),
    ],
    async prepare(ctx, { Target, DocumentName, Parameters }) {
      checkDocument(DocumentName, Parameters);
      if (!(await ports.isConnected(ctx, Target))) throw targetNotConnected(Target);
      return undefined;
    },
    async commit(tx, ctx, { Target, DocumentName, Parameters = {}, Reason }) {
      if ((await countActive(tx, ctx, Target, ctx.now)) >= mostOfTarget) {
        throw new Fault(
          "ServiceQuotaExceededException",
          `There can be at most ${mostOfTarget} sessions with a target at once.`,
        );
      }
      await forgetOld(tx, ctx, ctx.now);
      const id = sessionId(ctx.principal, ctx.random);
      const { token, columns } = newToken(ctx);
      const { owner, ownerId } = ownerOf(ctx.principal);
      await insertSession(tx, {
        id,
        account: ctx.account,
        region: ctx.region,
        owner,
        owner_id: ownerId,
        target: Target,
        document_name: DocumentName ?? null,
        parameters: JSON.stringify(Parameters),
        reason: Reason ?? null,
        connected: 0,
        claimed: 0,
        started_at: ctx.now,
        ended_at: null,
        held_until: columns.token_until,
        ...columns,
      });
      return { SessionId: id, TokenValue: token, StreamUrl: streamUrl(ports.addressOf(ctx.source), id) };
    },
  };
}
