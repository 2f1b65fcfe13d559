import { isJsonObject, type Json } from "../kernel/json.ts";

/** What a call's CloudTrail record says that matters to a policy. */
export interface RecordedCall {
  /** `ecr:PutImage`, by the event's source and name. */
  readonly call: string;
  /** ARNs of what it was authorised on, where they are recorded. */
  readonly resources: readonly string[];
  readonly parameters: { readonly [name: string]: Json };
  /** It was refused for want of a permission. */
  readonly denied: boolean;
  /** The service that made the call with the principal's identity: `ecr.amazonaws.com`. */
  readonly invokedBy?: string;
  /** Where the call was made, for the ARNs of what its parameters name. */
  readonly region?: string;
  /** The account that called. */
  readonly account?: string;
}

/** A permission that a recorded call needed. */
export interface NeededPermission {
  /** `iam:PassRole`. */
  readonly action: string;
  /** What the condition keys had for values, where a policy should hold on to them. */
  readonly keys: Readonly<Record<string, string>>;
  /** ARNs that the parameters name and the record's resources do not. */
  readonly resources?: readonly string[];
  /** Likewise, as a policy writes them: with `*` and `?` for what the parameters do not tell. */
  readonly patterns?: readonly string[];
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
    denied: /^(AccessDenied(Exception)?|Client\.UnauthorizedOperation)$/.test(String(record.errorCode)),
    ...(typeof identity.invokedBy === "string" && { invokedBy: identity.invokedBy }),
    ...(typeof record.awsRegion === "string" && { region: record.awsRegion }),
    ...(typeof identity.accountId === "string" && { account: identity.accountId }),
  };
}

/** Every permission that the call needed, with what its condition keys had for values. */
export function neededPermissions(recorded: RecordedCall): readonly NeededPermission[] {
  const { call, parameters, invokedBy } = recorded;
  if (free.has(call)) return [];
  const patterns = unrecorded[call]?.(recorded);
  const own = (otherActions[call] ?? [call]).map((action) => ({
    action,
    keys: ownKeys(call, parameters),
    ...(patterns !== undefined && { patterns }),
  }));
  const also = further.flatMap(({ call: of, when, needs }) =>
    of === call && when(parameters) ? needs(parameters) : [],
  );
  return [...own, ...also].map((needed) => ({
    ...needed,
    keys: { ...needed.keys, ...(invokedBy !== undefined && viaService(invokedBy)) },
  }));
}

/** Calls that AWS lets everybody make: they need no statement. */
const free: ReadonlySet<string> = new Set(["sts:GetCallerIdentity", "sts:GetSessionToken"]);

/** Events whose permissions are not named like them. */
const otherActions: Readonly<Record<string, readonly string[]>> = {
  "ecr:ListImageReferrers": ["ecr:BatchGetImage"],
  "ecr:MountLayer": ["ecr:InitiateLayerUpload", "ecr:GetDownloadUrlForLayer"],
  "kms:ReEncrypt": ["kms:ReEncryptFrom", "kms:ReEncryptTo"],
};

/** What calls were decided on that has no whole ARN yet, or none that records have a type for. */
const unrecorded: Readonly<Record<string, (call: RecordedCall) => readonly string[]>> = {
  // AWS: a secret's ARN ends with six characters that are drawn when it is made.
  "secretsmanager:CreateSecret": ({ parameters: { name }, region, account }) =>
    typeof name === "string" && region !== undefined && account !== undefined
      ? [`arn:aws:secretsmanager:${region}:${account}:secret:${name}-??????`]
      : [],
  "organizations:CreatePolicy": ({ account }) =>
    account === undefined ? [] : [`arn:aws:organizations::${account}:policy/o-*/service_control_policy/p-*`],
  "sts:AssumeRoot": ({ parameters: { targetPrincipal: target } }) => {
    if (typeof target !== "string") return [];
    return [/^\d{12}$/.test(target) ? `arn:aws:iam::${target}:root` : target];
  },
};

/**
 * Condition keys without which a permission would be far wider than what was done: which policy is attached, which
 * boundary is set, which service gets a role. By call: key, and the parameter that has its value.
 */
const telling: Readonly<Record<string, readonly [key: string, parameter: string]>> = {
  "iam:CreateServiceLinkedRole": ["iam:AWSServiceName", "aWSServiceName"],
  ...boundKeys("iam:PolicyARN", "policyArn", [
    "AttachUserPolicy",
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "DetachUserPolicy",
    "DetachGroupPolicy",
    "DetachRolePolicy",
  ]),
  ...boundKeys("iam:PermissionsBoundary", "permissionsBoundary", [
    "CreateUser",
    "CreateRole",
    "PutUserPermissionsBoundary",
    "PutRolePermissionsBoundary",
  ]),
};

function boundKeys(key: string, parameter: string, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => [`iam:${name}`, [key, parameter] as const]));
}

function ownKeys(call: string, parameters: RecordedCall["parameters"]): Readonly<Record<string, string>> {
  const [key, parameter] = telling[call] ?? [];
  const value = parameter === undefined ? undefined : parameters[parameter];
  return key !== undefined && typeof value === "string" ? { [key]: value } : {};
}

/** AWS: what a service does with its caller's identity is told from what the caller does (`aws:CalledVia`). */
function viaService(service: string): Readonly<Record<string, string>> {
  return { "aws:CalledViaLast": service };
}

/** Permissions that a call needs besides its own, by a parameter that it has or has not. */
const further: readonly {
  readonly call: string;
  readonly when: (parameters: RecordedCall["parameters"]) => boolean;
  readonly needs: (parameters: RecordedCall["parameters"]) => readonly NeededPermission[];
}[] = [
  { call: "sts:AssumeRole", when: hasTags, needs: only("sts:TagSession") },
  { call: "sts:GetFederationToken", when: hasTags, needs: only("sts:TagSession") },
  {
    call: "sts:AssumeRole",
    when: ({ sourceIdentity }) => sourceIdentity !== undefined,
    needs: only("sts:SetSourceIdentity"),
  },
  ...["User", "Role", "Policy", "InstanceProfile"].map((noun) => ({
    call: `iam:Create${noun}`,
    when: hasTags,
    needs: only(`iam:Tag${noun}`),
  })),
  { call: "iam:AddRoleToInstanceProfile", when: () => true, needs: passes("ec2.amazonaws.com") },
  ...["CreateRepositoryCreationTemplate", "UpdateRepositoryCreationTemplate"].map((name) => ({
    call: `ecr:${name}`,
    when: ({ customRoleArn }: RecordedCall["parameters"]) => typeof customRoleArn === "string",
    needs: passes("ecr.amazonaws.com", "customRoleArn"),
  })),
  ...["CreatePullThroughCacheRule", "UpdatePullThroughCacheRule"].map((name) => ({
    call: `ecr:${name}`,
    when: ({ customRoleArn }: RecordedCall["parameters"]) => typeof customRoleArn === "string",
    needs: passes("pullthroughcache.ecr.amazonaws.com", "customRoleArn"),
  })),
  {
    call: "events:PutRule",
    when: ({ roleArn }) => typeof roleArn === "string",
    needs: passes("events.amazonaws.com", "roleArn"),
  },
  {
    call: "events:PutTargets",
    when: ({ targets }) => rolesOf(targets).length > 0,
    needs: ({ targets }) => [
      {
        action: "iam:PassRole",
        keys: { "iam:PassedToService": "events.amazonaws.com" },
        resources: rolesOf(targets),
      },
    ],
  },
  {
    call: "sts:GetWebIdentityToken",
    when: hasTags,
    needs: only("sts:TagGetWebIdentityToken"),
  },
  {
    // A layer sent whole, in one request, is recorded as its completion.
    call: "ecr:CompleteLayerUpload",
    when: ({ uploadId }) => uploadId === undefined,
    needs: only("ecr:InitiateLayerUpload", "ecr:UploadLayerPart"),
  },
];

function hasTags({ tags }: RecordedCall["parameters"]): boolean {
  return Array.isArray(tags) && tags.length > 0;
}

/** The roles that the targets of a rule are sent events with. */
function rolesOf(targets: Json | undefined): readonly string[] {
  return (Array.isArray(targets) ? targets : []).flatMap((target: Json) =>
    isJsonObject(target) && typeof target.roleArn === "string" ? [target.roleArn] : [],
  );
}

function only(...actions: readonly string[]) {
  return () => actions.map((action) => ({ action, keys: {} }));
}

/** AWS does not record iam:PassRole: it is needed where a role is handed to a service. */
function passes(service: string, parameter?: string) {
  return (parameters: RecordedCall["parameters"]): readonly NeededPermission[] => {
    const role = parameter === undefined ? undefined : parameters[parameter];
    return [
      {
        action: "iam:PassRole",
        keys: { "iam:PassedToService": service },
        ...(typeof role === "string" && { resources: [role] }),
      },
    ];
  };
}
