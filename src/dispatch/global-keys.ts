import { parseArn } from "../kernel/arn.ts";
import type { AccountId } from "../kernel/brand.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Tag } from "../kernel/tags.ts";
import type { CallContext } from "./context.ts";
import type { OrganizationPlace } from "./identity.ts";
import type { Authorisation } from "./operation.ts";

/** What the keys of one request are made of. */
export interface KeySources {
  readonly call: CallContext;
  readonly wanted: Authorisation;
  readonly resourceAccount: AccountId;
  /** Where the caller's account is in its organization, if it is in one. */
  readonly principalOrganization?: OrganizationPlace;
  /** Where the account that owns the resource is. */
  readonly resourceOrganization?: OrganizationPlace;
  /** Where the account is for whose resource a service calls in its own name. */
  readonly sourceOrganization?: OrganizationPlace;
  /** Tags of the principal (role or user, overlaid by session tags). */
  readonly principalTags: readonly Tag[];
  /** Tags of the resource, and the service that owns it. */
  readonly resourceTags: readonly Tag[];
}

/**
 * The context of a request: every global condition key that can have a value here (IAM User Guide, "AWS global
 * condition context keys") and the service's own keys. Keys are lower-cased; an absent key is absent.
 */
export function requestContext(sources: KeySources): Map<string, readonly string[]> {
  const { call, wanted, principalTags, resourceTags } = sources;
  const keys = new Map<string, readonly string[]>();
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined) keys.set(key, [value]);
  };
  const setPlace = (whose: string, place: OrganizationPlace | undefined): void => {
    set(`aws:${whose}orgid`, place?.id);
    if (place !== undefined) keys.set(`aws:${whose}orgpaths`, [place.path]);
  };
  setPrincipal(call.principal, call.now, set);
  setPlace("principal", sources.principalOrganization);
  set("aws:principalorgmasteraccountid", sources.principalOrganization?.management);
  setPlace("resource", sources.resourceOrganization);
  setPlace("source", sources.sourceOrganization);
  for (const tag of principalTags) set(`aws:principaltag/${tag.key.toLowerCase()}`, tag.value);

  set("aws:requestedregion", call.region);
  set("aws:currenttime", new Date(call.now).toISOString());
  set("aws:epochtime", String(Math.floor(call.now / 1000)));
  set("aws:useragent", call.source.userAgent);
  set("aws:referer", call.source.referer);
  set("aws:securetransport", String(call.source.secure));
  const serviceOwn =
    call.principal.type === "AWSService" ||
    (call.principal.type === "AssumedRole" && call.principal.invokedBy !== undefined);
  const forwarded = call.calledVia.length > 0;
  // AWS: aws:SourceIp is not there when a service makes the call with its own or a forwarded identity.
  if (!serviceOwn && !forwarded) set("aws:sourceip", call.source.ip);
  set("aws:viaawsservice", String(forwarded));
  if (forwarded) {
    keys.set("aws:calledvia", call.calledVia);
    set("aws:calledviafirst", call.calledVia[0]);
    set("aws:calledvialast", call.calledVia[call.calledVia.length - 1]);
  }
  // AWS: every signed request has it; one that nobody signed has not.
  if (call.principal.type !== "Anonymous") {
    set("aws:principalisawsservice", String(call.principal.type === "AWSService"));
  }
  set("aws:resourceaccount", sources.resourceAccount);
  // AWS: a tag's own key is of the service that owns the resource: iam:ResourceTag of a role, in sts:AssumeRole too.
  const service = parseArn(wanted.resource)?.service;
  for (const tag of resourceTags) {
    const key = tag.key.toLowerCase();
    set(`aws:resourcetag/${key}`, tag.value);
    if (service !== undefined) set(`${service}:resourcetag/${key}`, tag.value);
  }
  for (const [key, value] of Object.entries(wanted.context ?? {})) {
    if (value !== undefined) keys.set(key.toLowerCase(), typeof value === "string" ? [value] : value);
  }
  return keys;
}

function setPrincipal(
  principal: Principal,
  now: number,
  set: (key: string, value: string | undefined) => void,
): void {
  switch (principal.type) {
    case "Root":
      set("aws:principaltype", "Account");
      set("aws:userid", principal.account);
      set("aws:principalarn", principal.arn);
      break;
    case "IAMUser":
      set("aws:principaltype", "User");
      set("aws:userid", principal.userId);
      set("aws:username", principal.userName);
      set("aws:principalarn", principal.arn);
      break;
    case "AssumedRole":
      set("aws:principaltype", "AssumedRole");
      set("aws:userid", `${principal.roleId}:${principal.sessionName}`);
      set("aws:principalarn", principal.roleArn);
      break;
    case "FederatedUser":
      set("aws:principaltype", "FederatedUser");
      set("aws:userid", `${principal.account}:${principal.name}`);
      set("aws:principalarn", principal.arn);
      break;
    case "AWSService":
      set("aws:principalservicename", principal.service);
      set("aws:principalservicenameslist", principal.service);
      set("aws:sourceaccount", principal.account);
      set("aws:sourcearn", principal.sourceArn);
      return;
    case "Anonymous":
      set("aws:principaltype", "Anonymous");
      set("aws:userid", "anonymous");
      set("aws:principalaccount", "anonymous");
      return;
  }
  set("aws:principalaccount", principal.account);
  const session = "session" in principal ? principal.session : undefined;
  if (session !== undefined) {
    set("aws:tokenissuetime", new Date(session.issuedAt).toISOString());
    set("aws:multifactorauthpresent", String(session.mfaAuthenticated === true));
    if (session.mfaAuthenticated) {
      set("aws:multifactorauthage", String(Math.max(0, Math.floor((now - session.issuedAt) / 1000))));
    }
    set("aws:sourceidentity", session.sourceIdentity);
    set("aws:federatedprovider", session.federatedProvider);
    if (session.assumedRoot === true) set("aws:assumedroot", "true");
  }
}
