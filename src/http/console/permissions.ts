import type { IncomingMessage, ServerResponse } from "node:http";
import type { WireDoor } from "../../dispatch/wire-door.ts";
import type { ClientAddressOf } from "../../kernel/client-address.ts";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, parseJson } from "../../kernel/json.ts";
import type { BodyBudget } from "../body.ts";
import { type Asker, answerJson, askerOf } from "./signed-request.ts";

/** Where the console asks what its user may do. */
export const permissionsPath = "/_roadstead/permissions";

interface AskedPermission {
  readonly action: string;
  readonly resource: string;
}

/** Bytes of a request. */
const largestBody = 256 * 1024;
const longestAction = 128;
/** Characters of an ARN (IAM User Guide, "IAM ARNs": 2,048). */
const longestResource = 2_048;

/**
 * Serves `POST /_roadstead/permissions`, signed like a call of STS: `{"permissions": [{"action", "resource"}]}` is
 * answered by the same list with an `outcome` each. It changes nothing and no cookie is asked for.
 * @param most permissions in one request.
 */
export function createPermissionsHandler(
  ports: {
    readonly identify: WireDoor["identify"];
    readonly clientAddress: ClientAddressOf;
    readonly budget: BodyBudget;
    readonly most: number;
  },
  decide: (asker: Asker, permissions: readonly AskedPermission[]) => Promise<object>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return (request, response) =>
    answerJson(response, async () => {
      if (request.method !== "POST") {
        throw new Fault("MethodNotAllowed", "Ask with POST.", { status: 405 });
      }
      return ports.budget.read(request, largestBody, async (body) => {
        const asker = await askerOf(request, body, ports.identify, ports.clientAddress);
        return decide(asker, readPermissions(body.toString("utf8"), ports.most));
      });
    });
}

function readPermissions(text: string, most: number): readonly AskedPermission[] {
  const body = parseJson(text);
  const permissions = isJsonObject(body) ? body.permissions : undefined;
  if (!Array.isArray(permissions) || permissions.length > most) {
    throw malformed("permissions", `a list of at most ${most}`);
  }
  return permissions.map((one: unknown, index) => {
    const { action, resource } = isJsonObject(one) ? one : {};
    if (typeof action !== "string" || action.length > longestAction || !/^[\w-]+:\w+$/.test(action)) {
      throw malformed(`permissions[${index}].action`, "the name of one action, such as ecs:StopTask");
    }
    if (typeof resource !== "string" || resource === "" || resource.length > longestResource) {
      throw malformed(`permissions[${index}].resource`, "an ARN, or *");
    }
    return { action, resource };
  });
}

function malformed(name: string, why: string): Fault {
  return new Fault("ValidationException", `${name}: ${why}`, { status: 400 });
}
