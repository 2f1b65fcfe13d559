import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { Authorisation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Ssm } from "../contract.ts";
import type { SessionPorts } from "./ports.ts";
import { changeSession, isActive, newToken, ownSession, sessionArn } from "./session.ts";
import { streamUrl } from "./stream-url.ts";

/** A permission on a session, with what policies know it by: who started it, and where it goes. */
async function onSession(
  action: string,
  id: string,
  ctx: AuthoriseContext,
): Promise<readonly Authorisation[]> {
  const found = await ownSession(ctx.rows, ctx, id);
  return [
    {
      action,
      resource: sessionArn(ctx, id),
      context: {
        "ssm:resourceTag/aws:ssmmessages:session-id": found?.owner_id,
        "ssm:resourceTag/aws:ssmmessages:target-id": found?.target,
      },
    },
  ];
}

/**
 * Gives a new token for a session whose socket broke. AWS: of one that is over the token is empty, which clients take
 * as the end.
 */
export function resumeSession(ports: SessionPorts): WriteOperation<Ssm, "ResumeSession"> {
  return {
    name: "ResumeSession",
    authorise: ({ SessionId }, ctx) => onSession("ssm:ResumeSession", SessionId, ctx),
    async commit(tx, ctx, { SessionId }) {
      const found = await ownSession(tx, ctx, SessionId);
      // Ours.
      if (found === undefined) {
        throw new Fault("DoesNotExistException", `Session ${SessionId} does not exist.`);
      }
      if (!isActive(found, ctx.now)) return { SessionId, TokenValue: "", StreamUrl: "" };
      const { token, columns } = newToken(ctx);
      await changeSession(tx, SessionId, columns);
      return {
        SessionId,
        TokenValue: token,
        StreamUrl: streamUrl(ports.addressOf(ctx.source), SessionId),
      };
    },
  };
}

/** Ends a session, for good. One that is over, or never was, is no error. */
export function terminateSession(ports: SessionPorts): WriteOperation<Ssm, "TerminateSession"> {
  return {
    name: "TerminateSession",
    authorise: ({ SessionId }, ctx) => onSession("ssm:TerminateSession", SessionId, ctx),
    async prepare(ctx, { SessionId }) {
      // At once where its socket is here; another process finds out when it looks after its sessions.
      if ((await ownSession(ctx.rows, ctx, SessionId)) !== undefined) await ports.endSession(SessionId);
      return undefined;
    },
    async commit(tx, ctx, { SessionId }) {
      const found = await ownSession(tx, ctx, SessionId);
      if (found !== undefined && isActive(found, ctx.now)) {
        await changeSession(tx, SessionId, { ended_at: ctx.now, token: null });
      }
      return { SessionId };
    },
  };
}
