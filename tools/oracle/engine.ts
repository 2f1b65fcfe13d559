import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The edition of @cloud-copilot/iam-simulate that ours is compared with. */
export const oracleVersion = "0.1.173";

/** What is used of the other engine; its core takes policies that its loader has read. */
export interface Oracle {
  authorize(request: object): { readonly result: string };
  loadPolicy(document: object, metadata?: object): unknown;
  newRequest(
    principal: unknown,
    resource: { readonly resource: string; readonly accountId: string },
    action: string,
    context: object,
  ): object;
  readonly strict: object;
}

/**
 * Installs the oracle into a temporary folder outside this repository, if it is not there yet: it is AGPL, and nothing
 * of it is kept. Throws when npm cannot.
 */
export function installOracle(): string {
  const folder = join(tmpdir(), `roadstead-oracle-${oracleVersion}`);
  if (existsSync(join(folder, "node_modules", "@cloud-copilot", "iam-simulate"))) return folder;
  mkdirSync(folder, { recursive: true });
  const what = `@cloud-copilot/iam-simulate@${oracleVersion}`;
  execFileSync("npm", ["install", "--prefix", folder, "--no-save", "--ignore-scripts", what], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return folder;
}

/** Its last argument says that the action knows no resource, so that `*` is not every resource. */
function isStar(resource: { readonly resource: string }): boolean {
  return resource.resource === "*";
}

/** Its core, not its front: the front checks actions and context keys against AWS's lists and takes no session. */
export async function loadOracle(installed: string): Promise<Oracle> {
  const path = (file: string) => pathToFileURL(`${installed}/node_modules/@cloud-copilot/${file}`).href;
  const [core, requests, contexts, constraints, policies] = await Promise.all([
    import(path("iam-simulate/dist/esm/core_engine/CoreSimulatorEngine.js")),
    import(path("iam-simulate/dist/esm/request/request.js")),
    import(path("iam-simulate/dist/esm/requestContext.js")),
    import(path("iam-simulate/dist/esm/context_keys/discoveryContextKeyConstraints.js")),
    import(path("iam-policy/dist/esm/index.js")),
  ]);
  return {
    authorize: core.authorize,
    loadPolicy: policies.loadPolicy,
    strict: {
      simulationMode: "Strict",
      discoveryContextKeyConstraints: new constraints.DiscoveryContextKeyConstraints([]),
    },
    newRequest: (principal, resource, action, context) =>
      new requests.AwsRequestImpl(
        principal,
        resource,
        action,
        new contexts.RequestContextImpl(context),
        isStar(resource),
      ),
  };
}
