import type { AccountId, Arn } from "./brand.ts";

/** The six parts of an ARN ("Amazon Resource Names", AWS General Reference). The resource may hold `:` and `/`. */
export interface ArnParts {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
}

/** Splits an ARN; `undefined` when it has fewer than six parts or does not begin with `arn`. */
export function parseArn(text: string): ArnParts | undefined {
  if (!text.startsWith("arn:")) return undefined;
  const parts: string[] = [];
  let from = 4;
  for (let i = 0; i < 4; i++) {
    const to = text.indexOf(":", from);
    if (to < 0) return undefined;
    parts.push(text.slice(from, to));
    from = to + 1;
  }
  const resource = text.slice(from);
  const [partition = "", service = "", region = "", account = ""] = parts;
  if (partition === "" || service === "" || resource === "") return undefined;
  return { partition, service, region, account, resource };
}

/** Joins the parts of an ARN. The partition is `aws`: Roadstead has the commercial regions only. */
export function formatArn(service: string, region: string, account: string, resource: string): Arn {
  return `arn:aws:${service}:${region}:${account}:${resource}` as Arn;
}

/** `arn:aws:iam::<account>:root`. */
export function rootArn(account: AccountId): Arn {
  return formatArn("iam", "", account, "root");
}
