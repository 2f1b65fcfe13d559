import type { AuditTrail } from "../audit/trail.ts";
import { formatArn } from "../kernel/arn.ts";
import type { AccountId, Arn, Region, RoleId } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { hour } from "../kernel/duration.ts";
import { Fault } from "../kernel/fault.ts";
import { uniqueId, uuid } from "../kernel/ids.ts";
import type { Principal, RoleSessionPrincipal } from "../kernel/principal.ts";
import type { Random } from "../kernel/random.ts";
import type { Store } from "../store/types.ts";
import { type Authoriser, accessDenied } from "./authorise.ts";
import type { CallContext } from "./context.ts";
import type { DecisionLog } from "./decision-log.ts";
import type { IdentityDirectory, RoleIdentity } from "./identity.ts";
import { createRunningCalls, type RunningCalls } from "./running-calls.ts";

/** The role that a service takes in an account: its service-linked role, or the one that was passed to it. */
export interface TakenRole {
  readonly servicePrincipal: string;
  readonly account: AccountId;
  readonly sessionName: string;
  /** An ordinary role of the same account. */
  readonly roleArn?: Arn;
  /** The resource on whose behalf the service takes the role: `aws:SourceArn` for the role's trust policy. */
  readonly sourceArn?: Arn;
}

/** Sessions of the roles that services act as, made in process. */
export interface RoleSessions {
  /**
   * The current session of a role. The role's trust policy is evaluated at each call, like any permission.
   * @throws Fault `NoSuchEntity` when the account has no such role; `AccessDenied` when its trust refuses the service.
   */
  session(role: TakenRole, region: Region): Promise<RoleSessionPrincipal>;
  /** The calls that are under way in these sessions. */
  readonly running: RunningCalls;
  clear(): void;
}

/** AWS: sessions of service-linked roles last an hour (their MaxSessionDuration). */
const sessionLength = hour;

export function createRoleSessions(ports: {
  readonly store: Store;
  readonly directory: IdentityDirectory;
  readonly authoriser: Authoriser;
  readonly trail: AuditTrail;
  /** Hears of refusals and of new sessions. */
  readonly decisions: Pick<DecisionLog, "noteDecision">;
  readonly clock: Clock;
  readonly random: Random;
}): RoleSessions {
  const { store, directory, authoriser, trail, decisions, clock, random } = ports;
  const sessions = new Map<string, RoleSessionPrincipal>();

  return {
    running: createRunningCalls(),

    async session(role, region) {
      const identity = await roleIdentity(directory, store, role);
      const now = clock.now();
      const service: Principal = {
        type: "AWSService",
        service: role.servicePrincipal,
        account: role.account,
        sourceArn: role.sourceArn,
      };
      const ctx: CallContext = {
        requestId: uuid(random),
        principal: service,
        account: role.account,
        region,
        now,
        random,
        source: { ip: role.servicePrincipal, userAgent: role.servicePrincipal, secure: true },
        calledVia: [],
      };
      const verdicts = await authoriser.decide(ctx, [{ action: "sts:AssumeRole", resource: identity.arn }]);
      const refused = verdicts.find((verdict) => !verdict.decision.allowed);
      const key = `${identity.id} ${role.sessionName}`;
      const known = sessions.get(key);
      const lives = known !== undefined && known.session.expiresAt > now;
      if (refused === undefined && lives) return known;
      decisions.noteDecision({
        ...{ requestId: ctx.requestId, time: now, principal: service, verdicts },
        ...{ service: "sts", operation: "AssumeRole" },
      });
      if (refused !== undefined) throw accessDenied(refused);
      const made: RoleSessionPrincipal = {
        type: "AssumedRole",
        account: role.account,
        arn: formatArn("sts", "", role.account, `assumed-role/${identity.name}/${role.sessionName}`),
        roleArn: identity.arn as Arn,
        roleName: identity.name,
        roleId: identity.id as RoleId,
        sessionName: role.sessionName,
        accessKeyId: uniqueId("ASIA", random),
        session: { issuedAt: now, expiresAt: now + sessionLength },
        invokedBy: role.servicePrincipal,
      };
      for (const [old, session] of sessions) if (session.session.expiresAt <= now) sessions.delete(old);
      sessions.set(key, made);
      await trail.recordNow({
        eventId: uuid(random),
        requestId: ctx.requestId,
        time: now,
        eventSource: "sts.amazonaws.com",
        eventName: "AssumeRole",
        region,
        principal: service,
        sourceIp: role.servicePrincipal,
        userAgent: role.servicePrincipal,
        readOnly: true,
        requestParameters: { roleArn: identity.arn, roleSessionName: role.sessionName },
        responseElements: {
          assumedRoleUser: { arn: made.arn, assumedRoleId: `${identity.id}:${role.sessionName}` },
        },
        resources: [{ arn: identity.arn, type: "AWS::IAM::Role", account: role.account }],
      });
      return made;
    },
    clear: () => sessions.clear(),
  };
}

/** @throws Fault `NoSuchEntity` for an absent service-linked role, `AccessDenied` for another that is absent or foreign. */
async function roleIdentity(
  directory: IdentityDirectory,
  { rows }: Store,
  { servicePrincipal, account, roleArn }: TakenRole,
): Promise<RoleIdentity> {
  if (roleArn === undefined) {
    const own = await directory.serviceLinkedRole(rows, account, servicePrincipal);
    if (own !== undefined) return own;
    throw new Fault(
      "NoSuchEntity",
      `Unable to assume the service linked role of ${servicePrincipal} in account ${account}. Please verify that the service linked role exists.`,
    );
  }
  const passed = await directory.role(rows, roleArn);
  // INVARIANT: a service takes no role of an account other than the one it works for.
  if (passed?.account === account) return passed;
  throw new Fault(
    "AccessDenied",
    `User: ${servicePrincipal} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
  );
}
