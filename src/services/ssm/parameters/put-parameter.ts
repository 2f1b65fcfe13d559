import { runInNewContext } from "node:vm";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { type InputOf, StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { Ssm } from "../contract.ts";
import { validation } from "../faults.ts";
import type { SsmTables } from "../store.ts";
import { requestedTags, tagContext } from "../tags/tags.ts";
import { emitChange } from "./change-event.ts";
import { scheduleExpiry, scheduleNotifications } from "./expiry.ts";
import { checkNewName, namesOf, type ParameterKey, parameterArn } from "./name.ts";
import {
  findParameter,
  insertVersion,
  newestVersion,
  type Parameter,
  removeParameter,
  type VersionDocument,
  versionsOf,
  putParameter as writeParameter,
} from "./parameter.ts";
import { type Policies, readPolicies } from "./policies.ts";
import { defaultKey, protect } from "./protection.ts";

type Input = InputOf<Ssm, "PutParameter">;

/** API Reference, "PutParameter", and Systems Manager quotas: bytes of a value; versions that are kept. */
const largestValue = { Standard: 4096, Advanced: 8192 } as const;
const mostVersions = 100;
/** Systems Manager quotas: standard parameters in an account and region. */
const mostParameters = 10_000;

const advancedPage =
  "For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html";

/** What is decided before the transaction. */
interface Prepared {
  /** The version that the new one follows; 0 for a new parameter. */
  readonly follows: number;
  readonly document: VersionDocument;
  readonly value: string;
  readonly expiresAt: number | undefined;
  readonly eventId: string;
}

/** Makes a parameter, or a new version of one. */
export const putParameter: WriteOperation<Ssm, "PutParameter", Prepared> = {
  name: "PutParameter",
  authorise: (input, ctx) => [
    {
      action: "ssm:PutParameter",
      resource: parameterArn(keyOf(input, ctx)),
      context: {
        "ssm:Overwrite": input.Overwrite?.toString(),
        "ssm:Policies": input.Policies,
        ...tagContext(requestedTags(input.Tags)),
      },
    },
  ],
  async prepare(ctx, input) {
    const key = keyOf(input, ctx);
    checkNewName(key);
    const { Overwrite = false, Tags = [] } = input;
    if (Overwrite && Tags.length > 0) {
      throw validation(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      );
    }
    const existing = await findParameter(ctx.rows, key, ctx.now);
    if (existing !== undefined && !Overwrite) {
      throw new Fault(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    }
    const before = existing && (await newestVersion(ctx.rows, existing)).document;
    const policies = readPolicies(input.Policies ?? "", ctx.now);
    const document = { ...describe(input, before, policies), user: userOf(ctx) };
    checkValue(input, document);
    const value =
      document.type === "SecureString"
        ? await protect(ctx, parameterArn(key), document.keyId ?? defaultKey, document.tier, input.Value)
        : input.Value;
    return {
      follows: existing?.version ?? 0,
      document,
      value,
      expiresAt: policies.expiresAt,
      eventId: uuid(ctx.random),
    };
  },
  async commit(tx, ctx, input, { follows, document, value, expiresAt, eventId }) {
    const key = keyOf(input, ctx);
    const existing = await findParameter(tx, key, ctx.now);
    if ((existing?.version ?? 0) !== follows) throw new StalePreparation(`the parameter ${key.name}`);
    if (existing === undefined) {
      await checkQuota(tx, key);
      // One that has expired may be there still.
      await removeParameter(tx, key);
    } else await dropOldest(tx, existing);
    const parameter: Parameter = {
      ...key,
      arn: parameterArn(key),
      version: follows + 1,
      ...(expiresAt !== undefined && { expiresAt }),
      tags: existing?.tags ?? requestedTags(input.Tags),
    };
    await writeParameter(tx, parameter);
    const version = { version: follows + 1, createdAt: ctx.now, value, labels: [], document };
    await insertVersion(tx, key, version);
    await scheduleExpiry(tx, parameter);
    await scheduleNotifications(tx, parameter, version);
    await emitChange(tx, ctx, eventId, parameter, document, existing === undefined ? "Create" : "Update");
    return { Version: follows + 1, Tier: document.tier };
  },
};

function keyOf({ Name }: Pick<Input, "Name">, ctx: Omit<ParameterKey, "name">): ParameterKey {
  const named = Name.startsWith("arn:") ? namesOf(Name).at(-1) : undefined;
  return { account: ctx.account, region: ctx.region, name: named?.name ?? Name };
}

function userOf({ principal }: PrepareContext): string {
  return "arn" in principal ? principal.arn : "";
}

/** What the new version says, after what the one before it said. Throws what AWS throws of each member. */
function describe(
  input: Input,
  before: VersionDocument | undefined,
  policies: Policies,
): Omit<VersionDocument, "user"> {
  const type = input.Type ?? before?.type;
  if (type === undefined) throw validation("A parameter type is required when you create a parameter.");
  if (before !== undefined && before.type !== type) {
    throw new Fault(
      "HierarchyTypeMismatchException",
      "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
    );
  }
  const dataType = input.DataType ?? before?.dataType ?? "text";
  if (dataType === "aws:ec2:image") {
    throw validation(
      "Parameters of the data type aws:ec2:image are not available in Roadstead: there are no images.",
    );
  }
  if (dataType !== "text" && dataType !== "aws:ssm:integration") {
    throw validation(
      `The following data type is not supported: ${dataType.slice(0, 128)} (Data type names are all lowercase.)`,
    );
  }
  if (input.KeyId !== undefined && type !== "SecureString") {
    throw validation("KeyId is required for SecureString type parameter only.");
  }
  const tier = tierOf(input, before, policies);
  if (policies.texts.length > 0 && tier !== "Advanced") {
    throw validation(
      "Parameter policies can only be assigned to advanced parameters. To use them, choose the advanced-parameter tier.",
    );
  }
  const keyId = input.KeyId ?? before?.keyId ?? (type === "SecureString" ? defaultKey : undefined);
  const description = input.Description ?? before?.description;
  return {
    type,
    tier,
    dataType,
    policies: policies.texts,
    ...(keyId !== undefined && { keyId }),
    ...(description !== undefined && { description }),
    ...(input.AllowedPattern !== undefined && { allowedPattern: input.AllowedPattern }),
  };
}

function tierOf(
  { Tier = "Standard", Value }: Input,
  before: VersionDocument | undefined,
  { texts }: Policies,
): "Standard" | "Advanced" {
  if (Tier === "Intelligent-Tiering") {
    const advanced = before?.tier === "Advanced" || texts.length > 0;
    return advanced || Buffer.byteLength(Value) > largestValue.Standard ? "Advanced" : "Standard";
  }
  if (before?.tier === "Advanced" && Tier === "Standard") {
    throw validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  }
  return Tier;
}

/** Throws `ValidationException`, `ParameterPatternMismatchException`, `InvalidAllowedPatternException`. */
function checkValue({ Value, AllowedPattern }: Input, { tier, type }: Omit<VersionDocument, "user">): void {
  if (Value === "") {
    throw validation(
      "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  }
  if (Buffer.byteLength(Value) > largestValue[tier]) {
    throw validation(
      tier === "Standard"
        ? `Standard tier parameters support a maximum parameter value of ${largestValue.Standard} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. ${advancedPage}`
        : `Advanced tier parameters support a maximum parameter value of ${largestValue.Advanced} characters.`,
    );
  }
  if (/\{\{\s*ssm:/.test(Value)) {
    throw validation('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.');
  }
  if (AllowedPattern === undefined || AllowedPattern === "") return;
  const values = type === "StringList" ? Value.split(",") : [Value];
  if (values.every((value) => meets(AllowedPattern, value))) return;
  throw new Fault(
    "ParameterPatternMismatchException",
    `Parameter value, cannot be validated against allowedPattern: ${AllowedPattern}`,
  );
}

/** Milliseconds that a caller's own pattern may take: one that backtracks without end is stopped. */
const patternTime = 100;

function meets(pattern: string, value: string): boolean {
  try {
    return (
      runInNewContext("new RegExp(pattern).test(value)", { pattern, value }, { timeout: patternTime }) ===
      true
    );
  } catch (cause) {
    throw new Fault(
      "InvalidAllowedPatternException",
      "The request doesn't meet the regular expression requirement.",
      { cause },
    );
  }
}

async function checkQuota(rows: Rows, { account, region }: ParameterKey): Promise<void> {
  const { count } = await rows
    .tables<SsmTables>()
    .selectFrom("ssm_parameter")
    .select((eb) => eb.fn.countAll<string | number>().as("count"))
    .where("account", "=", account)
    .where("region", "=", region)
    .executeTakeFirstOrThrow();
  if (Number(count) >= mostParameters) {
    throw new Fault(
      "ParameterLimitExceeded",
      "You have exceeded the number of parameters for this Amazon Web Services account. Delete one or more parameters and try again.",
    );
  }
}

/** AWS: a hundred versions are kept; the oldest makes room unless it has a label. */
async function dropOldest(tx: Tx, parameter: Parameter): Promise<void> {
  const versions = await versionsOf(tx, parameter);
  const [oldest] = versions;
  if (oldest === undefined || versions.length < mostVersions) return;
  if (oldest.labels.length > 0) {
    throw new Fault(
      "ParameterMaxVersionLimitExceeded",
      `You attempted to create a new version of ${parameter.name} by calling the PutParameter API with the overwrite flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
    );
  }
  await removeParameter(tx, parameter, oldest.version);
}
