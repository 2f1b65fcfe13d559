import type * as cloudtrail from "@aws-sdk/client-cloudtrail";
import type { AuthoriseContext, CallContext } from "../../../dispatch/context.ts";
import type {
  AnyOperation,
  Authorisation,
  ReadOperation,
  WriteOperation,
} from "../../../dispatch/operation.ts";
import { minute } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import { mergeTags, type Tag, withoutTags } from "../../../kernel/tags.ts";
import { readAdvanced, readSelectors, usualSelectors } from "./selectors.ts";
import {
  type DeliveringTrail,
  deleteTrailRow,
  enqueueTrail,
  findTrail,
  keepTrail,
  keyOfTrail,
  listTrails,
  needTrail,
  type TrailDocument,
  trailArn,
} from "./trail.ts";

type CloudTrail = typeof cloudtrail;

/** AWS: "CloudTrail typically delivers logs within an average of about 5 minutes of an API call". */
export const deliverEvery = 5 * minute;

/** CloudTrail User Guide, "Quotas in AWS CloudTrail". */
const mostTrails = 5;
const mostTags = 50;

/** What trails need of the rest of the house. */
export interface TrailPorts {
  /** Whether there is a place for a bucket: a folder or a real S3 that the operator named. */
  hasBucket(bucket: string): boolean;
}

function onTrail(
  action: string,
  named: string | undefined,
  ctx: AuthoriseContext,
  context?: Authorisation["context"],
): readonly Authorisation[] {
  const name = named ?? "*";
  return [
    {
      action: `cloudtrail:${action}`,
      // A text that is no trail's ARN is told so after the permission is known.
      resource: name.startsWith("arn:") ? name : trailArn({ account: ctx.account, region: ctx.region, name }),
      ...(context !== undefined && { context }),
    },
  ];
}

function tagContext(tags: readonly cloudtrail.Tag[] | undefined): NonNullable<Authorisation["context"]> {
  if (tags === undefined || tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key = "", Value = "" }) => [`aws:RequestTag/${Key}`, Value])),
    "aws:TagKeys": tags.map(({ Key = "" }) => Key),
  };
}

/** @throws Fault `TagsLimitExceededException`. */
function readTags(have: readonly Tag[], given: readonly cloudtrail.Tag[]): readonly Tag[] {
  const tags = mergeTags(
    have,
    given.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value })),
  );
  if (tags.length <= mostTags) return tags;
  throw new Fault("TagsLimitExceededException", `A trail can have at most ${mostTags} tags.`);
}

/** What CreateTrail and UpdateTrail say of a trail. */
type Settings = Pick<
  cloudtrail.CreateTrailRequest,
  | "S3BucketName"
  | "S3KeyPrefix"
  | "SnsTopicName"
  | "IncludeGlobalServiceEvents"
  | "IsMultiRegionTrail"
  | "EnableLogFileValidation"
  | "CloudWatchLogsLogGroupArn"
  | "CloudWatchLogsRoleArn"
  | "KmsKeyId"
  | "IsOrganizationTrail"
>;

/** The settings of a trail after a request. Texts are ours where AWS's are not known. */
function readSettings(
  { hasBucket }: TrailPorts,
  input: Partial<Settings>,
  before: TrailDocument | undefined,
): Omit<TrailDocument, "tags"> {
  const bucket = input.S3BucketName ?? before?.bucket ?? "";
  if (!hasBucket(bucket)) {
    throw new Fault("S3BucketDoesNotExistException", `S3 bucket ${bucket} does not exist!`);
  }
  if ((input.SnsTopicName ?? "") !== "") {
    throw new Fault("InvalidSnsTopicNameException", "There is no SNS here: leave SnsTopicName out.");
  }
  if ((input.KmsKeyId ?? "") !== "") {
    throw new Fault("InvalidKmsKeyIdException", "Log files are not encrypted here: leave KmsKeyId out.");
  }
  const refused = ["EnableLogFileValidation", "IsOrganizationTrail"] as const;
  const strange = refused.find((member) => input[member] === true);
  if (strange !== undefined) {
    throw new Fault("InvalidParameterCombinationException", `${strange} is not supported here.`);
  }
  const multiRegion = input.IsMultiRegionTrail ?? before?.multiRegion ?? false;
  const globalEvents = input.IncludeGlobalServiceEvents ?? before?.globalEvents ?? true;
  if (multiRegion && !globalEvents) {
    throw new Fault(
      "InvalidParameterCombinationException",
      "Multi-Region trail must include global service events.",
    );
  }
  const prefix = input.S3KeyPrefix ?? before?.prefix;
  if (prefix !== undefined && prefix !== "" && !/^[A-Za-z0-9!_.*'()/-]{1,200}$/.test(prefix)) {
    throw new Fault("InvalidS3PrefixException", "S3 prefix is invalid.");
  }
  const logGroup = input.CloudWatchLogsLogGroupArn ?? before?.logGroup ?? "";
  const logRole = input.CloudWatchLogsRoleArn ?? before?.logRole ?? "";
  if ((logGroup === "") !== (logRole === "")) {
    throw new Fault(
      "InvalidParameterCombinationException",
      "CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn must be specified together.",
    );
  }
  const { logGroup: _group, logRole: _role, prefix: _prefix, ...rest } = before ?? {};
  return {
    ...rest,
    ...{ bucket, multiRegion, globalEvents },
    ...(prefix !== undefined && prefix !== "" && { prefix: prefix.replace(/^\/+|\/+$/g, "") }),
    ...(logGroup !== "" && { logGroup, logRole }),
  };
}

/** Whoever gives CloudTrail a role must be allowed to. */
function passRole(role: string | undefined): readonly Authorisation[] {
  if (role === undefined || role === "") return [];
  const context = { "iam:PassedToService": "cloudtrail.amazonaws.com" };
  return [{ action: "iam:PassRole", resource: role, context }];
}

const createTrail = (ports: TrailPorts): WriteOperation<CloudTrail, "CreateTrail"> => ({
  name: "CreateTrail",
  authorise: ({ Name, TagsList, CloudWatchLogsRoleArn }, ctx) => [
    ...onTrail("CreateTrail", Name, ctx, tagContext(TagsList)),
    ...passRole(CloudWatchLogsRoleArn),
  ],
  async commit(tx, ctx, input) {
    const { Name: name = "", TagsList = [] } = input;
    checkName(name);
    const key = { account: ctx.account, region: ctx.region, name };
    if ((await findTrail(tx, key)) !== undefined) {
      throw new Fault(
        "TrailAlreadyExistsException",
        `Trail ${name} already exists for customer: ${ctx.account}`,
      );
    }
    const inRegion = (await listTrails(tx, ctx.account)).filter(({ region }) => region === ctx.region);
    if (inRegion.length >= mostTrails) {
      throw new Fault(
        "MaximumNumberOfTrailsExceededException",
        `User: ${ctx.account} already has ${mostTrails} trails in ${ctx.region}.`,
      );
    }
    const document = { ...readSettings(ports, input, undefined), tags: readTags([], TagsList) };
    const trail = await keepTrail(tx, { ...key, logging: false, deliveredUntil: ctx.now, document });
    await tx.bumpEpoch(ctx.account);
    return settingsOf(trail);
  },
});

/** API Reference, CreateTrail, "Name". */
function checkName(name: string): void {
  const wellFormed = /^[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]$/.test(name) && !/[._-]{2}/.test(name);
  if (wellFormed && !/^\d{1,3}(\.\d{1,3}){3}$/.test(name)) return;
  throw new Fault("InvalidTrailNameException", "Trail name is invalid.");
}

/** A trail as the calls that make and change it answer. */
function settingsOf(trail: DeliveringTrail) {
  const { document } = trail;
  return {
    Name: trail.name,
    S3BucketName: document.bucket,
    ...(document.prefix !== undefined && { S3KeyPrefix: document.prefix }),
    IncludeGlobalServiceEvents: document.globalEvents,
    IsMultiRegionTrail: document.multiRegion,
    TrailARN: trail.arn,
    LogFileValidationEnabled: false,
    ...(document.logGroup !== undefined && {
      CloudWatchLogsLogGroupArn: document.logGroup,
      CloudWatchLogsRoleArn: document.logRole,
    }),
    IsOrganizationTrail: false,
  };
}

function wireTrail(trail: DeliveringTrail): cloudtrail.Trail {
  const { selectors, advanced } = trail.document;
  return {
    ...settingsOf(trail),
    HomeRegion: trail.region,
    HasCustomEventSelectors: selectors !== undefined || advanced !== undefined,
    HasInsightSelectors: false,
  };
}

const updateTrail = (ports: TrailPorts): WriteOperation<CloudTrail, "UpdateTrail"> => ({
  name: "UpdateTrail",
  authorise: ({ Name, CloudWatchLogsRoleArn }, ctx) => [
    ...onTrail("UpdateTrail", Name, ctx),
    ...passRole(CloudWatchLogsRoleArn),
  ],
  async commit(tx, ctx, input) {
    const trail = await needHome(tx, ctx, input.Name);
    const { tags } = trail.document;
    const changed = await keepTrail(tx, {
      ...trail,
      document: { ...readSettings(ports, input, trail.document), tags },
    });
    return settingsOf(changed);
  },
});

/** AWS: a trail is changed in its home region alone. */
async function needHome(
  rows: Parameters<typeof needTrail>[0],
  ctx: CallContext,
  named: string | undefined,
): Promise<DeliveringTrail> {
  const trail = await needTrail(rows, ctx, named);
  if (trail.region === ctx.region) return trail;
  throw new Fault(
    "InvalidHomeRegionException",
    `Trail ${trail.name} can only be updated from its home region: ${trail.region}`,
  );
}

const deleteTrail: WriteOperation<CloudTrail, "DeleteTrail"> = {
  name: "DeleteTrail",
  authorise: ({ Name }, ctx) => onTrail("DeleteTrail", Name, ctx),
  async commit(tx, ctx, { Name }) {
    await deleteTrailRow(tx, await needHome(tx, ctx, Name));
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

const getTrail: ReadOperation<CloudTrail, "GetTrail"> = {
  name: "GetTrail",
  authorise: ({ Name }, ctx) => onTrail("GetTrail", Name, ctx),
  read: async (ctx, { Name }) => ({ Trail: wireTrail(await needTrail(ctx.rows, ctx, Name)) }),
};

const describeTrails: ReadOperation<CloudTrail, "DescribeTrails"> = {
  name: "DescribeTrails",
  authorise: () => [{ action: "cloudtrail:DescribeTrails", resource: "*" }],
  async read(ctx, { trailNameList = [], includeShadowTrails = true }) {
    const all = await listTrails(ctx.rows, ctx.account);
    // AWS: a trail of all regions is seen in each of them.
    const here = all.filter(
      ({ region, document }) => region === ctx.region || (includeShadowTrails && document.multiRegion),
    );
    const wanted = trailNameList.map((named) => keyOfTrail(ctx, named).name);
    const found = wanted.length === 0 ? here : here.filter(({ name }) => wanted.includes(name));
    return { trailList: found.map(wireTrail) };
  },
};

const listTrailsOperation: ReadOperation<CloudTrail, "ListTrails"> = {
  name: "ListTrails",
  authorise: () => [{ action: "cloudtrail:ListTrails", resource: "*" }],
  async read(ctx) {
    const all = await listTrails(ctx.rows, ctx.account);
    return {
      Trails: all.map(({ arn, name, region }) => ({ TrailARN: arn, Name: name, HomeRegion: region })),
    };
  },
};

const startLogging: WriteOperation<CloudTrail, "StartLogging"> = {
  name: "StartLogging",
  authorise: ({ Name }, ctx) => onTrail("StartLogging", Name, ctx),
  async commit(tx, ctx, { Name }) {
    const trail = await needHome(tx, ctx, Name);
    if (trail.logging) return {};
    const document = { ...trail.document, startedAt: ctx.now };
    await keepTrail(tx, { ...trail, logging: true, deliveredUntil: ctx.now, document });
    await enqueueTrail(tx, trail, ctx.now + deliverEvery);
    return {};
  },
};

const stopLogging: WriteOperation<CloudTrail, "StopLogging"> = {
  name: "StopLogging",
  authorise: ({ Name }, ctx) => onTrail("StopLogging", Name, ctx),
  async commit(tx, ctx, { Name }) {
    const trail = await needHome(tx, ctx, Name);
    const document = { ...trail.document, stoppedAt: ctx.now };
    await keepTrail(tx, { ...trail, logging: false, document });
    return {};
  },
};

const getTrailStatus: ReadOperation<CloudTrail, "GetTrailStatus"> = {
  name: "GetTrailStatus",
  authorise: ({ Name }, ctx) => onTrail("GetTrailStatus", Name, ctx),
  async read(ctx, { Name }) {
    const { logging, document } = await needTrail(ctx.rows, ctx, Name);
    const time = (at: number | undefined): string => (at === undefined ? "" : new Date(at).toISOString());
    const date = (at: number | undefined) => (at === undefined ? undefined : new Date(at));
    const { startedAt, stoppedAt, deliveredAt, deliveryError, logsDeliveredAt, logsError } = document;
    return {
      IsLogging: logging,
      LatestDeliveryError: deliveryError,
      LatestDeliveryTime: date(deliveredAt),
      StartLoggingTime: date(startedAt),
      StopLoggingTime: date(stoppedAt),
      LatestCloudWatchLogsDeliveryError: logsError,
      LatestCloudWatchLogsDeliveryTime: date(logsDeliveredAt),
      LatestDeliveryAttemptTime: time(deliveredAt),
      LatestNotificationAttemptTime: "",
      LatestNotificationAttemptSucceeded: "",
      LatestDeliveryAttemptSucceeded: deliveryError === undefined ? time(deliveredAt) : "",
      TimeLoggingStarted: time(startedAt),
      TimeLoggingStopped: time(stoppedAt),
    };
  },
};

const putEventSelectors: WriteOperation<CloudTrail, "PutEventSelectors"> = {
  name: "PutEventSelectors",
  authorise: ({ TrailName }, ctx) => onTrail("PutEventSelectors", TrailName, ctx),
  async commit(tx, ctx, { TrailName, EventSelectors, AdvancedEventSelectors }) {
    const trail = await needHome(tx, ctx, TrailName);
    if ((EventSelectors === undefined) === (AdvancedEventSelectors === undefined)) {
      throw new Fault(
        "InvalidEventSelectorsException",
        "You can specify either EventSelectors or AdvancedEventSelectors, but not both.",
      );
    }
    const { selectors: _basic, advanced: _advanced, ...rest } = trail.document;
    const chosen =
      AdvancedEventSelectors === undefined
        ? { selectors: readSelectors(EventSelectors ?? []) }
        : { advanced: readAdvanced(AdvancedEventSelectors) };
    const { arn, document } = await keepTrail(tx, { ...trail, document: { ...rest, ...chosen } });
    return { TrailARN: arn, ...wireSelectors(document) };
  },
};

function wireSelectors({ selectors, advanced }: TrailDocument) {
  return advanced === undefined
    ? { EventSelectors: [...(selectors ?? usualSelectors)] }
    : { AdvancedEventSelectors: [...advanced] };
}

const getEventSelectors: ReadOperation<CloudTrail, "GetEventSelectors"> = {
  name: "GetEventSelectors",
  authorise: ({ TrailName }, ctx) => onTrail("GetEventSelectors", TrailName, ctx),
  async read(ctx, { TrailName }) {
    const { arn, document } = await needTrail(ctx.rows, ctx, TrailName);
    return { TrailARN: arn, ...wireSelectors(document) };
  },
};

const addTags: WriteOperation<CloudTrail, "AddTags"> = {
  name: "AddTags",
  authorise: ({ ResourceId, TagsList }, ctx) => onTrail("AddTags", ResourceId, ctx, tagContext(TagsList)),
  async commit(tx, ctx, { ResourceId, TagsList = [] }) {
    const trail = await needHome(tx, ctx, ResourceId);
    const tags = readTags(trail.document.tags, TagsList);
    await keepTrail(tx, { ...trail, document: { ...trail.document, tags } });
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

const removeTags: WriteOperation<CloudTrail, "RemoveTags"> = {
  name: "RemoveTags",
  authorise: ({ ResourceId, TagsList = [] }, ctx) =>
    onTrail("RemoveTags", ResourceId, ctx, { "aws:TagKeys": TagsList.map(({ Key = "" }) => Key) }),
  async commit(tx, ctx, { ResourceId, TagsList = [] }) {
    const trail = await needHome(tx, ctx, ResourceId);
    const tags = withoutTags(
      trail.document.tags,
      TagsList.map(({ Key = "" }) => Key),
    );
    await keepTrail(tx, { ...trail, document: { ...trail.document, tags } });
    await tx.bumpEpoch(ctx.account);
    return {};
  },
};

const listTags: ReadOperation<CloudTrail, "ListTags"> = {
  name: "ListTags",
  authorise: ({ ResourceIdList = [] }, ctx) =>
    (ResourceIdList.length === 0 ? ["*"] : ResourceIdList).flatMap((id) => onTrail("ListTags", id, ctx)),
  async read(ctx, { ResourceIdList = [] }) {
    const found = await Promise.all(ResourceIdList.map((named) => needTrail(ctx.rows, ctx, named)));
    return {
      ResourceTagList: found.map(({ arn, document }) => ({
        ResourceId: arn,
        TagsList: document.tags.map(({ key: Key, value: Value }) => ({ Key, Value })),
      })),
    };
  },
};

export const trailOperations = (ports: TrailPorts): readonly AnyOperation[] => [
  addTags,
  createTrail(ports),
  deleteTrail,
  describeTrails,
  getEventSelectors,
  getTrail,
  getTrailStatus,
  listTags,
  listTrailsOperation,
  putEventSelectors,
  removeTags,
  startLogging,
  stopLogging,
  updateTrail(ports),
];
