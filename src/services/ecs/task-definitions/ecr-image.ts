/**
 * Whether an image comes from a private ECR registry: `<account>.dkr.ecr.<region>.<domain>/…` or, where names below a
 * domain do not resolve, `<host>/<account>.<region>/…`. Such an image is pulled with the execution role.
 */
export function isEcrImage(image: string): boolean {
  return ecrRegistryOf(image) !== undefined;
}

/** The registry of an ECR image. */
export function ecrRegistryOf(
  image: string,
): { readonly account: string; readonly region: string } | undefined {
  const [, account, region] =
    /^(\d{12})\.dkr\.ecr\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(image) ??
    /^(?:localhost|[^/]*[.:][^/]*)\/(\d{12})\.([a-z]{2}(?:-[a-z]+)+-\d)\//.exec(image) ??
    [];
  return account === undefined || region === undefined ? undefined : { account, region };
}
