import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { newestVersion, type Parameter, type Version, versionsOf } from "./parameter.ts";

/** A filter as requests write it (API Reference, "ParameterStringFilter"). */
export interface ParameterFilter {
  readonly Key: string;
  readonly Option?: string | undefined;
  readonly Values?: readonly string[] | undefined;
}

/** A parameter with the version that is looked at: the newest, or the one that has a label that was asked for. */
interface Found {
  readonly parameter: Parameter;
  readonly version: Version;
}

type Test = (found: Found) => boolean;

const options: Readonly<Record<string, readonly string[]>> = {
  Name: ["Equals", "BeginsWith", "Contains"],
  Path: ["Recursive", "OneLevel"],
  Tier: ["Equals"],
  Type: ["Equals", "BeginsWith"],
  KeyId: ["Equals", "BeginsWith"],
  DataType: ["Equals"],
  Label: ["Equals"],
};

/**
 * The parameters that meet all filters, each with one of its values.
 * Throws `InvalidFilterKey`, `InvalidFilterOption`, `InvalidFilterValue`.
 */
export async function filteredParameters(
  rows: Rows,
  parameters: readonly Parameter[],
  filters: readonly ParameterFilter[],
  allowed: readonly string[],
): Promise<readonly Found[]> {
  const label = filters.find(({ Key }) => Key === "Label")?.Values;
  const tests = filters.map((filter) => testOf(filter, allowed));
  const found: Found[] = [];
  for (const parameter of parameters) {
    const version =
      label === undefined
        ? await newestVersion(rows, parameter)
        : (await versionsOf(rows, parameter)).find(({ labels }) => labels.some((one) => label.includes(one)));
    if (version !== undefined && tests.every((test) => test({ parameter, version }))) {
      found.push({ parameter, version });
    }
  }
  return found;
}

function testOf({ Key, Option, Values = [] }: ParameterFilter, allowed: readonly string[]): Test {
  const isTag = Key.startsWith("tag:");
  if (!(allowed.includes(Key) || (isTag && allowed.includes("tag")))) {
    throw new Fault("InvalidFilterKey", `The specified key isn't valid: ${Key}.`);
  }
  const possible = isTag ? ["Equals"] : (options[Key] ?? []);
  const option = Option ?? possible[0] ?? "Equals";
  if (!possible.includes(option)) {
    throw new Fault(
      "InvalidFilterOption",
      `The following filter option is not valid: ${option}. Valid options include: [${possible.join(", ")}]`,
    );
  }
  // AWS: a tag may be asked for without a value, everything else not.
  if (Values.length === 0 && !isTag) {
    throw new Fault(
      "InvalidFilterValue",
      `The following filter values are missing : null for filter key ${Key}`,
    );
  }
  const any = (value: string | undefined) =>
    value !== undefined && (Values.length === 0 || Values.some((wanted) => meets(option, value, wanted)));
  switch (Key) {
    case "Name":
      // AWS: a name is met with or without the slash that it begins with.
      return ({ parameter }) =>
        any(parameter.name) || (parameter.name.startsWith("/") && any(parameter.name.slice(1)));
    case "Path":
      return ({ parameter }) => Values.some((path) => isBelow(parameter.name, path, option));
    case "Tier":
      return ({ version }) => any(version.document.tier);
    case "Type":
      return ({ version }) => any(version.document.type);
    case "KeyId":
      return ({ version }) => any(version.document.keyId);
    case "DataType":
      return ({ version }) => any(version.document.dataType);
    case "Label":
      return () => true;
    default:
      return ({ parameter }) => any(parameter.tags.find(({ key }) => `tag:${key}` === Key)?.value);
  }
}

function meets(option: string, value: string, wanted: string): boolean {
  if (option === "BeginsWith") return value.startsWith(wanted);
  return option === "Contains" ? value.includes(wanted) : value === wanted;
}

function isBelow(name: string, path: string, option: string): boolean {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  if (!name.startsWith(prefix)) return false;
  return option === "Recursive" || !name.slice(prefix.length).includes("/");
}
