import type { CallContext } from "../../../dispatch/context.ts";
import type { AnyOperation, ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Tx } from "../../../store/types.ts";
import type { Ssm } from "../contract.ts";
import { labelNotFound, parameterNotFound, validation, versionNotFound } from "../faults.ts";
import { emitChange } from "./change-event.ts";
import { filteredParameters, type ParameterFilter } from "./filters.ts";
import { namesOf, type ParameterKey, parameterArn } from "./name.ts";
import {
  findParameter,
  listParameters,
  needParameter,
  newestVersion,
  removeParameter,
  setLabels,
  versionsOf,
  wireMetadata,
} from "./parameter.ts";
import { putParameter } from "./put-parameter.ts";
import { cut, readingOperations, readToken } from "./reading.ts";

function keyOf(name: string, { account, region }: Omit<ParameterKey, "name">): ParameterKey {
  const named = name.startsWith("arn:") ? namesOf(name).at(-1)?.name : undefined;
  return { account, region, name: named ?? name };
}

async function deleteOne(tx: Tx, ctx: CallContext, name: string, eventId: string): Promise<boolean> {
  const parameter = await findParameter(tx, keyOf(name, ctx), ctx.now);
  if (parameter === undefined) return false;
  const { document } = await newestVersion(tx, parameter);
  await removeParameter(tx, parameter);
  await emitChange(tx, ctx, eventId, parameter, document, "Delete");
  return true;
}

const deleteParameter: WriteOperation<Ssm, "DeleteParameter", string> = {
  name: "DeleteParameter",
  authorise: ({ Name }, ctx) => [{ action: "ssm:DeleteParameter", resource: parameterArn(keyOf(Name, ctx)) }],
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, { Name }, eventId) {
    if (!(await deleteOne(tx, ctx, Name, eventId))) throw parameterNotFound();
    return {};
  },
};

const deleteParameters: WriteOperation<Ssm, "DeleteParameters", readonly string[]> = {
  name: "DeleteParameters",
  authorise: ({ Names }, ctx) =>
    Names.map((name) => ({ action: "ssm:DeleteParameters", resource: parameterArn(keyOf(name, ctx)) })),
  prepare: async (ctx, { Names }) => Names.map(() => uuid(ctx.random)),
  async commit(tx, ctx, { Names }, eventIds) {
    const DeletedParameters: string[] = [];
    const InvalidParameters: string[] = [];
    for (const [i, name] of Names.entries()) {
      const gone = await deleteOne(tx, ctx, name, eventIds[i] ?? "");
      (gone ? DeletedParameters : InvalidParameters).push(name);
    }
    return { DeletedParameters, InvalidParameters };
  },
};

const describePage = 50;

const describeParameters: ReadOperation<Ssm, "DescribeParameters"> = {
  name: "DescribeParameters",
  authorise: () => [{ action: "ssm:DescribeParameters", resource: "*" }],
  async read(ctx, { Filters, ParameterFilters, MaxResults = describePage, NextToken: token, Shared }) {
    if (Filters !== undefined && ParameterFilters !== undefined) {
      throw validation("You can use either Filters or ParameterFilters in a single request.");
    }
    // Parameters are shared through AWS RAM, which is not there: nothing is.
    if (Shared === true) return { Parameters: [] };
    const filters: readonly ParameterFilter[] =
      ParameterFilters ??
      (Filters ?? []).map(({ Key, Values }) => ({
        Key,
        Values,
        Option: Key === "Name" ? "Contains" : "Equals",
      }));
    const listed = await listParameters(ctx.rows, ctx, ctx.now, { after: readToken(token) });
    const allowed = ["Name", "Path", "Tier", "Type", "KeyId", "DataType", "tag"];
    const { page, NextToken } = cut(await filteredParameters(ctx.rows, listed, filters, allowed), MaxResults);
    return { Parameters: page.map(({ parameter, version }) => wireMetadata(parameter, version)), NextToken };
  },
};

/** User Guide, "Working with parameter labels". */
const mostLabels = 10;

function isLabel(label: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_.-]{0,99}$/.test(label) && !/^(aws|ssm)/i.test(label);
}

const labelParameterVersion: WriteOperation<Ssm, "LabelParameterVersion", string> = {
  name: "LabelParameterVersion",
  authorise: ({ Name }, ctx) => [
    { action: "ssm:LabelParameterVersion", resource: parameterArn(keyOf(Name, ctx)) },
  ],
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, { Name, ParameterVersion, Labels }, eventId) {
    const parameter = await needParameter(tx, { names: [keyOf(Name, ctx)] }, ctx.now);
    const versions = await versionsOf(tx, parameter);
    const number = ParameterVersion ?? parameter.version;
    const wanted = versions.find(({ version }) => version === number);
    if (wanted === undefined) throw versionNotFound(parameter.name, number);
    const valid = [...new Set(Labels)].filter(isLabel);
    const labels = [...new Set([...wanted.labels, ...valid])];
    if (labels.length > mostLabels) {
      throw new Fault(
        "ParameterVersionLabelLimitExceeded",
        "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again.",
      );
    }
    // A label is on one version only: it moves.
    for (const other of versions) {
      const left = other.labels.filter((label) => !valid.includes(label));
      if (other !== wanted && left.length < other.labels.length) {
        await setLabels(tx, parameter, other.version, left);
      }
    }
    await setLabels(tx, parameter, number, labels);
    await emitChange(tx, ctx, eventId, parameter, wanted.document, "LabelParameterVersion");
    return { InvalidLabels: Labels.filter((label) => !isLabel(label)), ParameterVersion: number };
  },
};

const unlabelParameterVersion: WriteOperation<Ssm, "UnlabelParameterVersion"> = {
  name: "UnlabelParameterVersion",
  authorise: ({ Name }, ctx) => [
    { action: "ssm:UnlabelParameterVersion", resource: parameterArn(keyOf(Name, ctx)) },
  ],
  async commit(tx, ctx, { Name, ParameterVersion, Labels }) {
    const parameter = await needParameter(tx, { names: [keyOf(Name, ctx)] }, ctx.now);
    const versions = await versionsOf(tx, parameter);
    const wanted = versions.find(({ version }) => version === ParameterVersion);
    if (wanted === undefined) throw versionNotFound(parameter.name, ParameterVersion);
    const RemovedLabels = Labels.filter((label) => wanted.labels.includes(label));
    const [first] = Labels;
    if (RemovedLabels.length === 0 && first !== undefined) throw labelNotFound(parameter.name, first);
    const left = wanted.labels.filter((label) => !RemovedLabels.includes(label));
    await setLabels(tx, parameter, wanted.version, left);
    return { RemovedLabels, InvalidLabels: Labels.filter((label) => !RemovedLabels.includes(label)) };
  },
};

export const parameterOperations: readonly AnyOperation[] = [
  deleteParameter,
  deleteParameters,
  describeParameters,
  labelParameterVersion,
  putParameter,
  unlabelParameterVersion,
  ...readingOperations,
];
