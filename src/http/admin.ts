import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { DecisionLog } from "../dispatch/decision-log.ts";
import { reportDecision } from "../dispatch/decision-report.ts";
import type { ClientAddressOf } from "../kernel/client-address.ts";
import { Fault } from "../kernel/fault.ts";
import { isJsonObject, type Json, parseJson } from "../kernel/json.ts";
import type { BodyBudget } from "./body.ts";
import { decisionQuery } from "./decision-query.ts";
import type { AdminRoutes } from "./site-routes.ts";

/** What the routes under `/_roadstead/` act on. */
export interface AdminPorts {
  /** State of every part, for `health`. */
  health(): Promise<Json>;
  /** Empties all state; absent unless the process was started with `--allow-reset`. */
  readonly reset?: () => Promise<void>;
  /** Moves the clock forward; absent unless the process was started with `--allow-clock`. */
  readonly advanceClock?: (ms: number) => Json;
  readonly decisions: DecisionLog;
  /** What was counted, for Prometheus, and its content type. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
  /** Roadstead's time, epoch ms. */
  now(): number;
  /** Further routes. */
  readonly routes: AdminRoutes;
  /** Needed from anywhere but loopback. */
  readonly adminToken?: string;
  /** Who a request came from: what a proxy on this machine hands on is not from loopback. */
  readonly clientAddress: ClientAddressOf;
}

/** Serves `/_roadstead/`. Loopback or the admin token; changes need a JSON content type, which no foreign page can send. */
export function createAdminHandler(
  ports: AdminPorts,
  budget: BodyBudget,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  async function route(request: IncomingMessage): Promise<Json> {
    const url = new URL(request.url ?? "/", "http://roadstead.internal");
    const where = `${request.method ?? "GET"} ${url.pathname}`;
    if (where === "GET /_roadstead/health") return ports.health();
    admit(request, ports);
    switch (where) {
      case "GET /_roadstead/decisions": {
        const { filter, limit } = decisionQuery(url.searchParams, ports.now());
        return { decisions: ports.decisions.find(filter, limit).map(reportDecision) };
      }
      case "POST /_roadstead/reset": {
        await jsonBody(request, budget);
        if (ports.reset === undefined) throw notAllowed("reset", "--allow-reset");
        await ports.reset();
        return { reset: true };
      }
      case "POST /_roadstead/clock": {
        const body = await jsonBody(request, budget);
        if (ports.advanceClock === undefined) throw notAllowed("the clock", "--allow-clock");
        const seconds = isJsonObject(body) ? body.advanceSeconds : undefined;
        if (typeof seconds !== "number" || !(seconds >= 0) || seconds > 366 * 86_400) {
          throw new Fault("ValidationException", "advanceSeconds: a number of seconds from 0 to 366 days", {
            status: 400,
          });
        }
        return ports.advanceClock(seconds * 1000);
      }
      default: {
        const more = ports.routes[where];
        if (more === undefined) throw new Fault("NotFound", `no route ${where}`, { status: 404 });
        return more(request.method === "GET" ? {} : await jsonBody(request, budget));
      }
    }
  }

  return async (request, response) => {
    try {
      if (request.method === "GET" && request.url === "/_roadstead/metrics") {
        admit(request, ports);
        const { type, text } = await ports.metrics();
        response.writeHead(200, { "Content-Type": type }).end(text);
        return;
      }
      write(response, 200, await route(request));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (!request.complete) response.setHeader("Connection", "close");
      write(response, error.status ?? 400, { error: error.code, message: error.message });
    }
  };
}

function write(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}

function admit(
  request: IncomingMessage,
  { adminToken, clientAddress }: Pick<AdminPorts, "adminToken" | "clientAddress">,
): void {
  const { ip, unproven } = clientAddress(request);
  if (!unproven && (ip === "127.0.0.1" || ip === "::1")) return;
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  if (adminToken !== undefined && given !== undefined && sameSecret(given, adminToken)) return;
  throw new Fault("AccessDenied", "admin routes are for loopback, or for the admin token", { status: 403 });
}

function sameSecret(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

async function jsonBody(request: IncomingMessage, budget: BodyBudget): Promise<Json> {
  if (!/^application\/json\b/.test(request.headers["content-type"] ?? "")) {
    throw new Fault("UnsupportedMediaType", "Content-Type must be application/json", { status: 415 });
  }
  const text = await budget.read(request, 64 * 1024, async (body) => body.toString("utf8"));
  if (text === "") return {};
  const value = parseJson(text);
  if (value === undefined) throw new Fault("ValidationException", "the body is not JSON", { status: 400 });
  return value;
}

function notAllowed(what: string, flag: string): Fault {
  return new Fault("AccessDenied", `${what}: not allowed; start Roadstead with ${flag}`, { status: 403 });
}
