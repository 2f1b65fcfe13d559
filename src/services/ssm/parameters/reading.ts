import type { Parameter as WireParameter } from "@aws-sdk/client-ssm";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { AnyOperation, ReadOperation } from "../../../dispatch/operation.ts";
import { isFault } from "../../../kernel/fault.ts";
import { pageToken, readPageToken } from "../../../kernel/page.ts";
import type { Ssm } from "../contract.ts";
import { badNextToken, validation } from "../faults.ts";
import { filteredParameters } from "./filters.ts";
import { checkPath, type Place, parameterArn, readReference, refusePublic } from "./name.ts";
import {
  listParameters,
  needParameter,
  needVersion,
  newestVersion,
  type Parameter,
  type Version,
  versionsOf,
  wirePolicies,
} from "./parameter.ts";
import { concealed, reveal } from "./protection.ts";

/** The ARN that a caller must be allowed to use, of a parameter named with or without a selector. */
function arnNamed(text: string, place: Place): string {
  const [key = { account: place.account, region: place.region, name: text }] = readReference(
    text,
    place,
  ).names;
  return parameterArn(key);
}

/** The value as it is shown: in the open, or of a SecureString as ciphertext. */
function shownValue(
  ctx: PrepareContext,
  { arn }: Parameter,
  { value, document }: Version,
  decrypt: boolean,
): Promise<string> | string {
  if (document.type !== "SecureString") return value;
  return decrypt ? reveal(ctx, arn, value) : concealed(value);
}

async function wireParameter(
  ctx: PrepareContext,
  parameter: Parameter,
  version: Version,
  { decrypt, selector }: { readonly decrypt: boolean; readonly selector?: string },
): Promise<WireParameter> {
  return {
    Name: parameter.name,
    Type: version.document.type,
    Value: await shownValue(ctx, parameter, version, decrypt),
    Version: version.version,
    Selector: selector || undefined,
    LastModifiedDate: new Date(version.createdAt),
    ARN: parameter.arn,
    DataType: version.document.dataType,
  };
}

async function readOne(ctx: PrepareContext, name: string, decrypt: boolean): Promise<WireParameter> {
  refusePublic(name);
  const { names, selector } = readReference(name, ctx);
  const parameter = await needParameter(ctx.rows, { names }, ctx.now);
  const version = await needVersion(ctx.rows, parameter, selector);
  return wireParameter(ctx, parameter, version, { decrypt, selector });
}

const getParameter: ReadOperation<Ssm, "GetParameter"> = {
  name: "GetParameter",
  authorise: ({ Name }, ctx) => [{ action: "ssm:GetParameter", resource: arnNamed(Name, ctx) }],
  read: async (ctx, { Name, WithDecryption = false }) => ({
    Parameter: await readOne(ctx, Name, WithDecryption),
  }),
};

const getParameters: ReadOperation<Ssm, "GetParameters"> = {
  name: "GetParameters",
  authorise: ({ Names }, ctx) =>
    Names.map((name) => ({ action: "ssm:GetParameters", resource: arnNamed(name, ctx) })),
  async read(ctx, { Names, WithDecryption = false }) {
    const found = await Promise.all(
      [...new Set(Names)].map(async (name) => {
        try {
          return { name, parameter: await readOne(ctx, name, WithDecryption) };
        } catch (error) {
          // AWS: what is not there is told by name, beside those that are.
          if (isFault(error, "ParameterNotFound", "ParameterVersionNotFound")) return { name };
          throw error;
        }
      }),
    );
    return {
      Parameters: found.flatMap(({ parameter }) => parameter ?? []),
      InvalidParameters: found.filter(({ parameter }) => parameter === undefined).map(({ name }) => name),
    };
  },
};

/** API Reference: parameters of one page. */
const pathPage = 10;

const getParametersByPath: ReadOperation<Ssm, "GetParametersByPath"> = {
  name: "GetParametersByPath",
  authorise: ({ Path, Recursive }, ctx) => [
    {
      action: "ssm:GetParametersByPath",
      // AWS: whoever may read a path may read all below it.
      resource: parameterArn({
        account: ctx.account,
        region: ctx.region,
        name: Path.replace(/(?<=.)\/$/, ""),
      }),
      context: { "ssm:Recursive": Recursive?.toString() },
    },
  ],
  async read(ctx, { Path, Recursive = false, WithDecryption = false, ...input }) {
    checkPath(Path);
    const prefix = Path.endsWith("/") ? Path : `${Path}/`;
    const below = await listParameters(ctx.rows, ctx, ctx.now, { prefix, after: readToken(input.NextToken) });
    const inReach = Recursive ? below : below.filter(({ name }) => !name.slice(prefix.length).includes("/"));
    const allowed = ["Type", "KeyId", "Label"];
    const wanted = await filteredParameters(ctx.rows, inReach, input.ParameterFilters ?? [], allowed);
    const { page, NextToken } = cut(wanted, input.MaxResults ?? pathPage);
    const Parameters = await Promise.all(
      page.map(async ({ parameter, version }) =>
        wireParameter(ctx, parameter, version ?? (await newestVersion(ctx.rows, parameter)), {
          decrypt: WithDecryption,
        }),
      ),
    );
    return { Parameters, NextToken };
  },
};

const historyPage = 50;

const getParameterHistory: ReadOperation<Ssm, "GetParameterHistory"> = {
  name: "GetParameterHistory",
  authorise: ({ Name }, ctx) => [{ action: "ssm:GetParameterHistory", resource: arnNamed(Name, ctx) }],
  async read(ctx, { Name, WithDecryption = false, MaxResults = historyPage, NextToken: token }) {
    const { names, selector } = readReference(Name, ctx);
    if (selector !== "")
      throw validation("A history is of all versions: name the parameter without a selector.");
    const parameter = await needParameter(ctx.rows, { names }, ctx.now);
    const after = Number(readToken(token) || 0);
    const versions = (await versionsOf(ctx.rows, parameter)).filter(({ version }) => version > after);
    const page = versions.slice(0, MaxResults);
    const last = page.at(-1);
    const Parameters = await Promise.all(
      page.map(async (version) => ({
        Name: parameter.name,
        Type: version.document.type,
        KeyId: version.document.keyId,
        LastModifiedDate: new Date(version.createdAt),
        LastModifiedUser: version.document.user,
        Description: version.document.description,
        Value: await shownValue(ctx, parameter, version, WithDecryption),
        AllowedPattern: version.document.allowedPattern,
        Version: version.version,
        Labels: [...version.labels],
        Tier: version.document.tier,
        Policies: wirePolicies(version.document),
        DataType: version.document.dataType,
      })),
    );
    const more = versions.length > page.length && last !== undefined;
    return { Parameters, NextToken: more ? pageToken([String(last.version)]) : undefined };
  },
};

/** The key after which a page begins. Throws `InvalidNextToken`. */
export function readToken(token: string | undefined): string {
  if (token === undefined || token === "") return "";
  const key = readPageToken(token)?.[0];
  // PostgreSQL takes no NUL in a text.
  if (key === undefined || key.includes("\0")) throw badNextToken();
  return key;
}

/** One page of what is listed by name. */
export function cut<Item extends { readonly parameter: Parameter }>(
  items: readonly Item[],
  most: number,
): { readonly page: readonly Item[]; readonly NextToken: string | undefined } {
  const page = items.slice(0, most);
  const last = page.at(-1);
  const more = items.length > page.length && last !== undefined;
  return { page, NextToken: more ? pageToken([last.parameter.name]) : undefined };
}

export const readingOperations: readonly AnyOperation[] = [
  getParameter,
  getParameterHistory,
  getParameters,
  getParametersByPath,
];
