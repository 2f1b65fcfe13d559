import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClientAddressOf } from "../../kernel/client-address.ts";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../../kernel/json.ts";
import type { BodyBudget } from "../body.ts";

/** Where a user signs in to the console. */
export const signInPath = "/_roadstead/sign-in";

/** Who asks. */
interface SignInSource {
  readonly ip: string;
  readonly userAgent: string;
  readonly secure: boolean;
}

interface SignInInput {
  readonly account: string;
  readonly userName: string;
  readonly password: string;
  readonly mfaCode?: string;
  readonly newPassword?: string;
}

/** What the operation answers, as far as a browser sees it. */
type SignInOutcome =
  | {
      readonly outcome: "signed-in";
      readonly account: string;
      readonly arn: string;
      readonly credentials: {
        readonly accessKeyId: string;
        readonly secretAccessKey: string;
        readonly sessionToken: string;
      };
      /** Epoch ms. */
      readonly expiresAt: number;
    }
  | { readonly outcome: "mfa" | "new-password" | "refused" };

/** Bytes of a request: five short texts. */
const largestBody = 4 * 1024;

/** Characters of each member: as long as IAM lets it be (an alias 63, a user name 64, a password 128). */
const longest: Readonly<Record<keyof SignInInput, number>> = {
  account: 63,
  userName: 64,
  password: 128,
  mfaCode: 6,
  newPassword: 128,
};

/** As AWS's sign-in page says it. */
const refusal = "Your authentication information is incorrect. Please try again.";

/**
 * Serves `POST /_roadstead/sign-in`. The body is JSON with its content type, which no foreign page can send; the answer
 * is credentials, never a cookie. A password is taken over TLS, or from this machine.
 */
export function createSignInHandler(
  signIn: (source: SignInSource, input: SignInInput) => Promise<SignInOutcome>,
  clientAddress: ClientAddressOf,
  budget: BodyBudget,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  async function answer(request: IncomingMessage): Promise<readonly [status: number, body: Json]> {
    if (request.method !== "POST") {
      throw new Fault("MethodNotAllowed", "Sign in with POST.", { status: 405 });
    }
    if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
      throw new Fault("UnsupportedMediaType", "Content-Type must be application/json", { status: 415 });
    }
    const { ip, secure } = clientAddress(request);
    if (!secure && ip !== "127.0.0.1" && ip !== "::1") {
      throw new Fault("InsecureTransport", "A password is only taken over HTTPS. Start Roadstead with TLS.", {
        status: 403,
      });
    }
    const input = await budget.read(request, largestBody, async (body) => readInput(body.toString("utf8")));
    const userAgent = (request.headers["user-agent"] ?? "").slice(0, 1024);
    const result = await signIn({ ip, userAgent, secure }, input);
    if (result.outcome === "refused") return [401, { outcome: "refused", message: refusal }];
    if (result.outcome !== "signed-in") return [200, { outcome: result.outcome }];
    const { outcome, account, arn, expiresAt, credentials } = result;
    return [200, { outcome, account, arn, expiresAt, credentials: { ...credentials } }];
  }

  return async (request, response) => {
    try {
      const [status, body] = await answer(request);
      write(response, status, body);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (!request.complete) response.setHeader("Connection", "close");
      write(response, error.status ?? 400, { error: error.code, message: error.message });
    }
  };
}

function write(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}

function readInput(text: string): SignInInput {
  const body = parseJson(text);
  if (body === undefined || !isJsonObject(body)) throw malformed("the body", "a JSON object");
  const needed = (name: keyof SignInInput): string => {
    const value = optional(name);
    if (value === undefined) throw malformed(name, "is missing");
    return value;
  };
  const optional = (name: keyof SignInInput): string | undefined => {
    const value = body[name];
    if (value === undefined) return undefined;
    if (typeof value !== "string" || value === "" || value.length > longest[name]) {
      throw malformed(name, `a text of 1 to ${longest[name]} characters`);
    }
    return value;
  };
  return {
    account: needed("account"),
    userName: needed("userName"),
    password: needed("password"),
    mfaCode: optional("mfaCode"),
    newPassword: optional("newPassword"),
  };
}

function malformed(name: string, why: string): Fault {
  return new Fault("ValidationException", `${name}: ${why}`, { status: 400 });
}
