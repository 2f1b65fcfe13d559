import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault } from "../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../kernel/json.ts";
import type { BodyBudget } from "./body.ts";

/** What the paths begin with at which machines join as EC2 instances and ask what they are. */
export const hostsPath = "/_roadstead/hosts/";

/** What a machine shows with each request: the instance that it is, the time, and its signature over both. */
export interface ShownProof {
  /** `<account>/<region>/<instance id>`. */
  readonly instance: string;
  /** Epoch ms. */
  readonly signedAt: number;
  /** Base64. */
  readonly signature: string;
}

/** The operations behind the routes, as the composition root binds them. */
export interface InstanceHostCommands {
  join(input: {
    readonly token: string;
    readonly publicKey: string;
    readonly architecture: string;
    readonly cores: number;
  }): Promise<object>;
  metadata(proof: ShownProof): Promise<object>;
  credentials(proof: ShownProof): Promise<object>;
}

/** Bytes of a request: a token and a key. */
const largestBody = 16 * 1024;

/** Answers machines. A join token lets a machine become its instance; after that the machine signs with a key of its own. */
export function createInstanceHostHandler(
  commands: InstanceHostCommands,
  budget: BodyBudget,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const actions: Readonly<Record<string, (members: { readonly [name: string]: Json }) => Promise<object>>> = {
    join: (members) =>
      commands.join({
        token: textOf(members, "token"),
        publicKey: textOf(members, "publicKey"),
        architecture: textOf(members, "architecture"),
        cores: numberOf(members, "cores"),
      }),
    metadata: (members) => commands.metadata(proofOf(members)),
    credentials: (members) => commands.credentials(proofOf(members)),
  };

  async function answer(request: IncomingMessage): Promise<object> {
    const name = (request.url ?? "").slice(hostsPath.length);
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined || request.method !== "POST") {
      throw new Fault("NotFound", "There is no such action.", { status: 404 });
    }
    const text = await budget.read(request, largestBody, async (body) => body.toString("utf8"));
    const body = parseJson(text);
    if (body === undefined || !isJsonObject(body)) throw malformed("the body: a JSON object");
    return action(body);
  }

  return async (request, response) => {
    try {
      write(response, 200, await answer(request));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (!request.complete) response.setHeader("Connection", "close");
      write(response, error.status ?? 400, { error: error.code, message: error.message });
    }
  };
}

function write(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}

function proofOf(members: { readonly [name: string]: Json }): ShownProof {
  return {
    instance: textOf(members, "instance"),
    signedAt: numberOf(members, "signedAt"),
    signature: textOf(members, "signature"),
  };
}

function textOf(members: { readonly [name: string]: Json }, name: string): string {
  const value = members[name];
  if (typeof value !== "string" || value.length > 4096) throw malformed(`${name}: a text`);
  return value;
}

function numberOf(members: { readonly [name: string]: Json }, name: string): number {
  const value = members[name];
  if (typeof value !== "number" || !Number.isFinite(value)) throw malformed(`${name}: a number`);
  return value;
}

function malformed(what: string): Fault {
  return new Fault("ValidationException", what, { status: 400 });
}
