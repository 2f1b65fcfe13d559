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
import type { IdentityDirectory } from "./identity.ts";

/** Sessions of service-linked roles, made in process for the services that own them. */
export interface RoleSessions {
  /**
   * The current session of a role. The role's trust policy is evaluated at each call, like any permission.
   * @throws Fault `NoSuchEntity` when the account has no such role; `AccessDenied` when its trust refuses the service.
   */
  session(
    role: { servicePrincipal: string; account: AccountId; sessionName: string },
    region: Region,
  ): Promise<RoleSessionPrincipal>;
  clear(): void;
}

/** AWS: sessions of service-linked roles last an hour (their MaxSessionDuration). */
const sessionLength = hour;

export function createRoleSessions(ports: {
  readonly store: Store;
  readonly directory: IdentityDirectory;
  readonly authoriser: Authoriser;
  readonly trail: AuditTrail;
  readonly clock: Clock;
  readonly random: Random;
}): RoleSessions {
  const { store, directory, authoriser, trail, clock, random } = ports;
  const sessions = new Map<string, RoleSessionPrincipal>();

  return {
    async session(role, region) {
      const identity = await directory.serviceLinkedRole(store.rows, role.account, role.servicePrincipal);
      if (identity === undefined) {
        throw new Fault(
          "NoSuchEntity",
          `Unable to assume the service linked role of ${role.servicePrincipal} in account ${role.account}. Please verify that the service linked role exists.`,
        );
      }
      const now = clock.now();
      const service: Principal = {
        type: "AWSService",
        service: role.servicePrincipal,
        account: role.account,
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
      if (refused !== undefined) throw accessDenied(refused);

      const key = `${identity.id} ${role.sessionName}`;
      const known = sessions.get(key);
      if (known !== undefined && known.session.expiresAt > now) return known;
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
