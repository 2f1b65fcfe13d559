import type { Json } from "../../kernel/json.ts";
import { splitArn } from "../conditions/arn.ts";
import { isBase64 } from "../conditions/binary.ts";
import { readOperatorName } from "../conditions/condition.ts";
import { readDate } from "../conditions/date.ts";
import { readNetwork } from "../conditions/ip-address.ts";
import { readDecimal } from "../conditions/numeric.ts";

/** A statement whose elements have the types of `validate-shape.ts`. */
type StatementShape = { readonly [key: string]: Json };

/** Faults in the actions' form: `vendor:action`, with wildcards nowhere in the vendor. */
export function actionProblems(statement: StatementShape): string[] {
  return texts(statement.Action ?? statement.NotAction).flatMap((action) => {
    if (action === "*") return [];
    const [vendor = "", ...rest] = action.split(":");
    if (rest.length === 0)
      return ["Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."];
    if (rest.length > 1) return ["Actions/Condition can contain only one colon."];
    return vendor === "*" || /^[a-zA-Z0-9.-]+$/.test(vendor) ? [] : [`Vendor ${vendor} is not valid`];
  });
}

/** What the resource part of an IAM ARN may begin with. */
const iamResources = [
  "user/",
  "federated-user/",
  "role/",
  "group/",
  "instance-profile/",
  "mfa/",
  "server-certificate/",
  "policy/",
  "sms-mfa/",
  "saml-provider/",
  "oidc-provider/",
  "report/",
  "access-report/",
];

/** Faults in the resources' form: `*`, or an ARN of six parts in a known partition. */
export function resourceProblems(statement: StatementShape): string[] {
  return texts(statement.Resource ?? statement.NotResource).flatMap((resource) => {
    const problem = resource === "*" ? undefined : resourceProblem(resource);
    return problem === undefined ? [] : [problem];
  });
}

function resourceProblem(resource: string): string | undefined {
  if (!resource.includes(":")) return `Resource ${resource} must be in ARN format or "*".`;
  const [, partition = "", service, region, account, ...rest] = resource.split(":");
  if (!/^(\*|aws(-[a-z-]+)?)$/.test(partition)) {
    const shown = [service ?? "*", region ?? "*", account ?? "*", rest.length === 0 ? "*" : rest.join(":")];
    return `Partition "${partition}" is not valid for resource "arn:${partition}:${shown.join(":")}".`;
  }
  if (service === undefined) return "Resource vendor must be fully qualified and cannot contain regexes.";
  const parts = splitArn(resource);
  if (parts === undefined || service === "") return "The policy failed legacy parsing";
  if (service === "iam" && region !== "")
    return `IAM resource ${resource} cannot contain region information.`;
  // Access points and access grants have a region and an account; buckets have neither.
  if (service === "s3" && region !== "" && account === "")
    return `Resource ${resource} can not contain region information.`;
  const path = parts[5] ?? "";
  if (
    service === "iam" &&
    path !== "*" &&
    path !== "root" &&
    !iamResources.some((start) => path.startsWith(start))
  )
    return `IAM resource path must either be "*" or start with ${iamResources.join(", ")}.`;
  return undefined;
}

/** Whether a condition's value can be read by its family of operators. */
const readable: readonly (readonly [prefix: string, (value: string) => boolean])[] = [
  ["date", (value) => readDate(value) !== undefined],
  ["numeric", (value) => readDecimal(value) !== undefined],
  ["ipaddress", (value) => readNetwork(value) !== undefined],
  ["notipaddress", (value) => readNetwork(value) !== undefined],
  ["arn", (value) => splitArn(value) !== undefined || value.includes("${")],
  ["binary", isBase64],
];

/**
 * Values that their operator cannot read. IAM refuses them when a policy is stored, STS takes them in a session
 * policy (recorded on AWS; the text is recorded for dates alone).
 */
export function conditionValueProblems(statement: StatementShape): string[] {
  const unreadable = Object.entries(statement.Condition ?? {}).some(([operator, keys]) => {
    const base = readOperatorName(operator)?.base ?? "";
    const reads = readable.find(([prefix]) => base.startsWith(prefix))?.[1];
    return (
      reads !== undefined &&
      Object.values(keys ?? {})
        .flat()
        .some((value) => !reads(String(value)))
    );
  });
  return unreadable ? ["The policy failed legacy parsing"] : [];
}

function texts(value: Json | undefined): string[] {
  return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === "string");
}
