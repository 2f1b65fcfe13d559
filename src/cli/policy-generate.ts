import { isJsonObject, type Json } from "../kernel/json.ts";
import { mayNameResource } from "./policy-overlap.ts";
import { type AuthorizationReference, actionsOf } from "./policy-reference.ts";

/** What a call's CloudTrail record says that matters to a policy. */
export interface RecordedCall {
  /** `ecr:PutImage`, by the event's source and name. */
  readonly call: string;
  /** ARNs of what it was authorised on, where they are recorded. */
  readonly resources: readonly string[];
  readonly parameters: { readonly [name: string]: Json };
  /** It was refused for want of a permission. */
  readonly denied: boolean;
}

/** A policy, and what it does not say as narrowly as one might wish. */
export interface GeneratedPolicy {
  readonly document: {
    readonly Version: "2012-10-17";
    readonly Statement: readonly {
      readonly Effect: "Allow";
      readonly Action: readonly string[];
      readonly Resource: readonly string[];
    }[];
  };
  /** Actions on `*` though AWS knows resources of theirs: the trail names none for some call. */
  readonly open: readonly string[];
  /** Calls that were refused; the policy does not allow them. */
  readonly denied: readonly string[];
  /** Calls of services whose actions are not known here, allowed under their event's name on `*`. */
  readonly unknown: readonly string[];
}

/**
 * Reads a record (CloudTrail User Guide, "CloudTrail record contents").
 * @returns `undefined` when it is not a call of the principal: a user's own, or a session of the role of that ARN
 */
export function recordedCall(record: Json, principal: string): RecordedCall | undefined {
  if (!isJsonObject(record) || !isJsonObject(record.userIdentity)) return undefined;
  const { userIdentity: identity, requestParameters, resources } = record;
  const session = isJsonObject(identity.sessionContext) ? identity.sessionContext.sessionIssuer : undefined;
  const issuer = isJsonObject(session) ? session.arn : undefined;
  if (identity.arn !== principal && issuer !== principal) return undefined;
  return {
    call: `${String(record.eventSource).split(".", 1)[0]}:${String(record.eventName)}`,
    resources: (Array.isArray(resources) ? resources : []).flatMap((resource: Json) =>
      isJsonObject(resource) && typeof resource.ARN === "string" ? [resource.ARN] : [],
    ),
    parameters: isJsonObject(requestParameters) ? requestParameters : {},
    denied: /^AccessDenied(Exception)?$/.test(String(record.errorCode)),
  };
}

/** Calls that AWS lets everybody make: they need no statement. */
const free: ReadonlySet<string> = new Set(["sts:GetCallerIdentity", "sts:GetSessionToken"]);

/** Events whose permissions are not named like them. */
const otherActions: Readonly<Record<string, readonly string[]>> = {
  "ecr:ListImageReferrers": ["ecr:BatchGetImage"],
  "ecr:MountLayer": ["ecr:InitiateLayerUpload", "ecr:GetDownloadUrlForLayer"],
};

/** Permissions that a call needs besides its own, by a parameter that it has or has not. */
const further: readonly {
  readonly call: string;
  readonly when: (parameters: RecordedCall["parameters"]) => boolean;
  readonly actions: readonly string[];
}[] = [
  { call: "sts:AssumeRole", when: hasTags, actions: ["sts:TagSession"] },
  { call: "sts:GetFederationToken", when: hasTags, actions: ["sts:TagSession"] },
  {
    call: "sts:AssumeRole",
    when: ({ sourceIdentity }) => sourceIdentity !== undefined,
    actions: ["sts:SetSourceIdentity"],
  },
  ...["User", "Role", "Policy", "InstanceProfile"].map((noun) => ({
    call: `iam:Create${noun}`,
    when: hasTags,
    actions: [`iam:Tag${noun}`],
  })),
  { call: "iam:AddRoleToInstanceProfile", when: () => true, actions: ["iam:PassRole"] },
  {
    // A layer sent whole, in one request, is recorded as its completion.
    call: "ecr:CompleteLayerUpload",
    when: ({ uploadId }) => uploadId === undefined,
    actions: ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart"],
  },
];

function hasTags({ tags }: RecordedCall["parameters"]): boolean {
  return Array.isArray(tags) && tags.length > 0;
}

/** The smallest policy that allows the recorded calls that were not refused, actions grouped by their resources. */
export function generatePolicy(
  calls: readonly RecordedCall[],
  reference: AuthorizationReference,
): GeneratedPolicy {
  const granted = new Map<string, Set<string>>();
  const open = new Set<string>();
  const unknown = new Set<string>();
  for (const call of calls) {
    if (call.denied) continue;
    for (const action of actionsFor(call)) {
      const templates = arnTemplates(action, reference);
      if (templates === undefined) unknown.add(action);
      const on = call.resources.filter((arn) =>
        (templates ?? []).some((template) => mayNameResource(arn, template)),
      );
      if (on.length === 0 && templates !== undefined && templates.length > 0) open.add(action);
      const resources = granted.get(action) ?? new Set();
      granted.set(action, resources);
      for (const arn of on.length === 0 ? ["*"] : on) resources.add(arn);
    }
  }
  const denied = new Set(calls.filter((call) => call.denied).map(({ call }) => call));
  return {
    document: { Version: "2012-10-17", Statement: statements(granted) },
    open: [...open].sort(),
    denied: [...denied].sort(),
    unknown: [...unknown].sort(),
  };
}

function actionsFor({ call, parameters }: RecordedCall): readonly string[] {
  if (free.has(call)) return [];
  return [
    ...(otherActions[call] ?? [call]),
    ...further.flatMap((row) => (row.call === call && row.when(parameters) ? row.actions : [])),
  ];
}

/** The ARNs of an action's resource types, none when it knows no resource; `undefined` for an unknown action. */
function arnTemplates(action: string, reference: AuthorizationReference): readonly string[] | undefined {
  const [prefix = "", name = ""] = action.split(":");
  const service = reference.get(prefix);
  return service && actionsOf(service, name)[0]?.arns;
}

function statements(granted: ReadonlyMap<string, ReadonlySet<string>>) {
  const actionsByResources = new Map<string, { actions: string[]; resources: readonly string[] }>();
  for (const [action, all] of [...granted].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const resources = all.has("*") ? ["*"] : [...all].sort();
    const key = resources.join(" ");
    const group = actionsByResources.get(key);
    if (group === undefined) actionsByResources.set(key, { actions: [action], resources });
    else group.actions.push(action);
  }
  return [...actionsByResources.values()].map(({ actions, resources }) => ({
    Effect: "Allow" as const,
    Action: actions,
    Resource: resources,
  }));
}
