import type { AccountId, Region } from "../../kernel/brand.ts";

/** An image in a private ECR registry. */
export interface EcrImage {
  readonly account: AccountId;
  readonly region: Region;
  /** `team/app:v1`, `team/app@sha256:…`. */
  readonly rest: string;
}

const hostForm = /^(\d{12})\.dkr\.ecr\.([a-z]{2}(?:-[a-z]+)+-\d)\.[^/]+\/(.+)$/;
const pathForm = /^(?:localhost|[^/]*[.:][^/]*)\/(\d{12})\.([a-z]{2}(?:-[a-z]+)+-\d)\/(.+)$/;

/**
 * Reads `<account>.dkr.ecr.<region>.<domain>/<repository>` or, where names below a domain do not resolve,
 * `<host>/<account>.<region>/<repository>`; `undefined` for an image of any other registry. Every such name means a
 * registry of this Roadstead, whatever the domain is: definitions that were written for AWS need no change.
 */
export function readEcrImage(image: string): EcrImage | undefined {
  const [, account, region, rest] = hostForm.exec(image) ?? pathForm.exec(image) ?? [];
  if (account === undefined || region === undefined || rest === undefined) return undefined;
  return { account: account as AccountId, region: region as Region, rest };
}

/** The registry of any image, as an engine names it: `docker.io` when the name says none. */
export function registryHost(image: string): string {
  const [first = "", ...more] = image.split("/");
  const named = more.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  return named ? first : "docker.io";
}
