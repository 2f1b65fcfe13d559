import { formatArn, parseArn } from "../../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import { validation } from "../faults.ts";

/** Where a parameter is: the region of an account, and its name in it. */
export interface ParameterKey {
  readonly account: AccountId;
  readonly region: Region;
  readonly name: string;
}

export type Place = Omit<ParameterKey, "name">;

/** API Reference, "PutParameter": levels of a hierarchy; characters of a name with the ARN before it. */
const mostLevels = 15;
const longestWithArn = 1011;

/** The ARN of a parameter: the slash that its name begins with is not written twice. */
export function parameterArn({ account, region, name }: ParameterKey): Arn {
  return formatArn("ssm", region, account, `parameter/${name.replace(/^\//, "")}`);
}

/** The names that an ARN can stand for: `…:parameter/a` is both `a` and `/a`. */
export function namesOf(arn: string): readonly ParameterKey[] {
  const parts = parseArn(arn);
  if (parts?.service !== "ssm" || !parts.resource.startsWith("parameter/")) return [];
  const place = { account: parts.account as AccountId, region: parts.region as Region };
  const path = parts.resource.slice("parameter/".length);
  return path.includes("/")
    ? [{ ...place, name: `/${path}` }]
    : [path, `/${path}`].map((name) => ({ ...place, name }));
}

/** A parameter as a request names it: by name or ARN, with a version or a label behind a colon. */
export interface Reference {
  readonly names: readonly ParameterKey[];
  /** `:3`, `:prod`, or nothing. */
  readonly selector: string;
}

export function readReference(text: string, place: Place): Reference {
  if (text.startsWith("arn:")) {
    const [, arn = text, selector = ""] = /^((?:[^:]*:){5}[^:]*)(:[^:]*)?$/.exec(text) ?? [];
    return { names: namesOf(arn), selector };
  }
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  return { names: [{ ...place, name }], selector: colon < 0 ? "" : text.slice(colon) };
}

const characters = "a mix of letters, numbers and the following 3 symbols .-_";

/**
 * Checks the name of a parameter that is to be made, in the order in which AWS does.
 * Faults: `ValidationException`, `AccessDeniedException`, `HierarchyLevelLimitExceededException`.
 */
export function checkNewName(key: ParameterKey): void {
  const { name } = key;
  if (name.includes("/") && !name.startsWith("/")) {
    throw validation("Parameter name must be a fully qualified name.");
  }
  const isPath = name.startsWith("/");
  // AWS's own, under /aws/: nobody else writes there.
  if (/^\/aws/i.test(name)) {
    throw new Fault("AccessDenied", `No access to reserved parameter name: ${name.slice(0, 256)}.`);
  }
  if (/^\/?(aws|ssm)/i.test(name)) {
    throw validation(
      isPath
        ? `Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as ${characters}`
        : `Parameter name: can't be prefixed with "aws" or "ssm" (case-insensitive).`,
    );
  }
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name) || name.endsWith("/") || name.includes("//")) {
    throw validation(`Only ${characters} are allowed.`);
  }
  if (name.split("/").length - 1 > mostLevels) {
    throw new Fault(
      "HierarchyLevelLimitExceededException",
      `A hierarchy can have a maximum of ${mostLevels} levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.`,
    );
  }
  if (parameterArn(key).length > longestWithArn) {
    throw validation(
      `The parameter name and its ARN together can't be longer than ${longestWithArn} characters.`,
    );
  }
}

/** Checks a path whose parameters are asked for. Throws `ValidationException`. */
export function checkPath(path: string): void {
  if (path === "/" || /^(\/[a-zA-Z0-9_.-]+)+\/?$/.test(path)) return;
  throw validation(
    'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.',
  );
}

/** Throws when a name is one of those that AWS publishes, of which there are none here. The text is ours. */
export function refusePublic(name: string): void {
  if (!/^\/aws\/(service|reference)\//.test(name)) return;
  throw new Fault(
    "ParameterNotFound",
    "Public parameters of AWS and references to AWS Secrets Manager are not available in Roadstead.",
  );
}
