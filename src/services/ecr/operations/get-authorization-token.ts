import type * as ecr from "@aws-sdk/client-ecr";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { onRegistry, registryOf } from "../arn.ts";
import type { EcrPorts } from "../ports.ts";

/** What `docker login` needs, for each of the named registries or the caller's own. */
export const getAuthorizationToken = ({
  registryNames,
  registryToken,
}: EcrPorts): ReadOperation<typeof ecr, "GetAuthorizationToken"> => ({
  name: "GetAuthorizationToken",
  authorise: onRegistry("ecr:GetAuthorizationToken"),
  async read(ctx, input) {
    const registries = input.registryIds ?? [ctx.account];
    const authorizationData = registries.map((registryId) => {
      const scope = registryOf({ registryId }, ctx);
      const { token, expiresAt } = registryToken(ctx.principal, scope, ctx.now);
      return {
        authorizationToken: Buffer.from(`AWS:${token}`).toString("base64"),
        expiresAt: new Date(expiresAt),
        proxyEndpoint: registryNames.proxyEndpoint(scope.account, scope.region, ctx),
      };
    });
    return { authorizationData };
  },
});
