import type { AccountId, Region } from "../kernel/brand.ts";
import type { Json } from "../kernel/json.ts";
import type { Principal, Session, VouchedIdentity } from "../kernel/principal.ts";

/** One finished call, as the dispatcher reports it. */
export interface CallRecord {
  readonly eventId: string;
  readonly requestId: string;
  /** When the call began, epoch ms. */
  readonly time: number;
  /** `ecr.amazonaws.com`. */
  readonly eventSource: string;
  readonly eventName: string;
  readonly region: Region;
  readonly principal: Principal;
  /** Who called, when nobody signed and an identity provider vouches for the caller. */
  readonly vouched?: VouchedIdentity;
  /** An account to which the call is delivered besides the caller's and those of its resources. */
  readonly recipient?: AccountId;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** The service that made the call with somebody else's identity or with its own role. */
  readonly invokedBy?: string;
  readonly readOnly: boolean;
  readonly requestParameters: Json;
  readonly responseElements: Json;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** Present when it is no call but something that the service did by itself. */
  readonly serviceEventDetails?: Json;
  /** Present when it is an attempt to sign in to the console. */
  readonly additionalEventData?: Json;
  readonly resources: readonly { readonly arn: string; readonly type: string; readonly account: AccountId }[];
}

/** Who and where, when a service acts by itself. */
const awsInternal = "AWS Internal";

/**
 * Renders the CloudTrail record of a call as one account receives it (CloudTrail User Guide, "CloudTrail record
 * contents" and "CloudTrail userIdentity element"; event version 1.11).
 */
export function cloudTrailRecord(call: CallRecord, recipient: AccountId): Json {
  const byItself = call.serviceEventDetails !== undefined;
  return {
    eventVersion: "1.11",
    userIdentity: byItself
      ? { accountId: recipient, invokedBy: awsInternal }
      : (vouchedIdentity(call) ?? userIdentity(call.principal, call.invokedBy)),
    eventTime: isoSeconds(call.time),
    eventSource: call.eventSource,
    eventName: call.eventName,
    awsRegion: call.region,
    sourceIPAddress: byItself ? awsInternal : call.sourceIp,
    userAgent: byItself ? awsInternal : call.userAgent,
    ...(call.errorCode === undefined ? {} : { errorCode: call.errorCode }),
    ...(call.errorMessage === undefined ? {} : { errorMessage: call.errorMessage }),
    requestParameters: call.requestParameters,
    responseElements: call.responseElements,
    ...(call.additionalEventData === undefined ? {} : { additionalEventData: call.additionalEventData }),
    requestID: call.requestId,
    eventID: call.eventId,
    readOnly: call.readOnly,
    ...(call.resources.length === 0
      ? {}
      : { resources: call.resources.map((r) => ({ accountId: r.account, type: r.type, ARN: r.arn })) }),
    eventType: eventTypeOf(call),
    managementEvent: true,
    recipientAccountId: recipient,
    ...(call.serviceEventDetails === undefined ? {} : { serviceEventDetails: call.serviceEventDetails }),
    eventCategory: "Management",
  };
}

function eventTypeOf(call: CallRecord): string {
  if (call.serviceEventDetails !== undefined) return "AwsServiceEvent";
  return call.additionalEventData === undefined ? "AwsApiCall" : "AwsConsoleSignIn";
}

function vouchedIdentity({ vouched }: CallRecord): Json | undefined {
  if (vouched === undefined) return undefined;
  const { type, principalId, userName, identityProvider } = vouched;
  return { type, principalId, userName, identityProvider };
}

function userIdentity(principal: Principal, invokedBy: string | undefined): Json {
  const by: Record<string, Json> = invokedBy === undefined ? {} : { invokedBy };
  switch (principal.type) {
    case "Root":
      return {
        type: "Root",
        principalId: principal.account,
        arn: principal.arn,
        accountId: principal.account,
        accessKeyId: principal.accessKeyId,
        ...ownSession(principal.session),
        ...by,
      };
    case "IAMUser":
      return {
        type: "IAMUser",
        principalId: principal.userId,
        arn: principal.arn,
        accountId: principal.account,
        accessKeyId: principal.accessKeyId,
        userName: principal.userName,
        ...ownSession(principal.session),
        ...by,
      };
    case "AssumedRole":
      return {
        type: "AssumedRole",
        principalId: `${principal.roleId}:${principal.sessionName}`,
        arn: principal.arn,
        accountId: principal.account,
        accessKeyId: principal.accessKeyId,
        sessionContext: {
          sessionIssuer: {
            type: "Role",
            principalId: principal.roleId,
            arn: principal.roleArn,
            accountId: principal.account,
            userName: principal.roleName,
          },
          ...federationOf(principal.session),
          attributes: attributesOf(principal.session),
          ...(principal.session.sourceIdentity === undefined
            ? {}
            : { sourceIdentity: principal.session.sourceIdentity }),
        },
        ...by,
      };
    case "FederatedUser":
      return {
        type: "FederatedUser",
        principalId: `${principal.account}:${principal.name}`,
        arn: principal.arn,
        accountId: principal.account,
        accessKeyId: principal.accessKeyId,
        sessionContext: {
          sessionIssuer: {
            type: principal.issuer.type,
            principalId: principal.issuer.id,
            arn: principal.issuer.arn,
            accountId: principal.account,
            ...(principal.issuer.name === undefined ? {} : { userName: principal.issuer.name }),
          },
          attributes: attributesOf(principal.session),
        },
        ...by,
      };
    case "AWSService":
      return { type: "AWSService", invokedBy: principal.service };
    case "Anonymous":
      return { type: "Unknown", principalId: "ANONYMOUS_PRINCIPAL", accountId: "ANONYMOUS_PRINCIPAL" };
  }
}

/** AWS: the sessions of web identities name the provider that vouched, those of SAML do not. */
function federationOf({ federatedProvider }: Session): Record<string, Json> {
  if (!federatedProvider?.includes(":oidc-provider/")) return {};
  return { webIdFederationData: { federatedProvider, attributes: {} } };
}

/** What GetSessionToken or AssumeRoot adds to a user or the root: a session that no entity issued. */
function ownSession(session: Session | undefined): Record<string, Json> {
  if (session === undefined) return {};
  return {
    sessionContext: {
      attributes: attributesOf(session),
      ...(session.sourceIdentity === undefined ? {} : { sourceIdentity: session.sourceIdentity }),
      // CloudTrail: a string.
      ...(session.assumedRoot === true ? { assumedRoot: "true" } : {}),
    },
  };
}

function attributesOf(session: Session): Json {
  return {
    creationDate: isoSeconds(session.issuedAt),
    mfaAuthenticated: String(session.mfaAuthenticated === true),
  };
}

/** `LookupEvents` filters by it: the user's name, or the session's name for temporary credentials. */
export function username({
  principal,
  vouched,
}: Pick<CallRecord, "principal" | "vouched">): string | undefined {
  if (vouched !== undefined) return vouched.userName;
  switch (principal.type) {
    case "Root":
      return "root";
    case "IAMUser":
      return principal.userName;
    case "AssumedRole":
      return principal.sessionName;
    case "FederatedUser":
      return principal.name;
    default:
      return undefined;
  }
}

/** The ids under which a call counts as use: the access key, and the user or role behind it. */
export function usedIdentities(principal: Principal): readonly string[] {
  switch (principal.type) {
    case "Root":
      return [principal.accessKeyId, principal.account];
    case "IAMUser":
      return [principal.accessKeyId, principal.userId];
    case "AssumedRole":
      return [principal.roleId];
    case "FederatedUser":
      return [principal.issuer.id];
    default:
      return [];
  }
}

function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
