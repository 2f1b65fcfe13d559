import type { AuthoriseContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import { keyOf, namespaceArn, serviceArn } from "./arn.ts";
import type { CloudMapScope } from "./scope.ts";

type ServiceKey = "ServiceArn" | "ServiceCreatedByAccount";

/** A permission on a namespace that an input names by id or ARN. */
export function onNamespace(action: string, scope: CloudMapScope, id: string | undefined): Authorisation[] {
  return [{ action: `servicediscovery:${action}`, resource: namespaceArn(keyOf(scope, id)) }];
}

/** A permission on a service that an input names by id or ARN, with the condition keys that the action knows. */
export function onService(
  action: string,
  ctx: AuthoriseContext,
  id: string | undefined,
  keys: readonly ServiceKey[] = [],
): Authorisation[] {
  const key = keyOf(ctx, id);
  const arn = serviceArn(key);
  const values: Readonly<Record<ServiceKey, string>> = {
    ServiceArn: arn,
    // Namespaces are not shared: whoever owns a service has created it.
    ServiceCreatedByAccount: key.account,
  };
  return [
    {
      action: `servicediscovery:${action}`,
      resource: arn,
      context: Object.fromEntries(keys.map((name) => [`servicediscovery:${name}`, values[name]])),
    },
  ];
}

/** A permission that knows no resource. */
export function onAll(action: string): Authorisation[] {
  return [{ action: `servicediscovery:${action}`, resource: "*" }];
}
