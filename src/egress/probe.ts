import { request as httpRequest, STATUS_CODES } from "node:http";
import { request as httpsRequest } from "node:https";
import { createConnection, isIP, type LookupFunction } from "node:net";
import { second } from "../kernel/duration.ts";
import { type AddressRule, EgressError, forbidden, guardedLookup } from "./guard.ts";

/** An endpoint that is looked at, to see whether it is well. */
export interface ProbeTarget {
  readonly protocol: "http" | "https" | "tcp";
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
  readonly path?: string;
  /** `Host` and, with SNI, the name in the handshake, where it is not `host`. */
  readonly hostName?: string;
  readonly serverName?: string;
  /** A text that must be in what is answered. */
  readonly search?: string;
}

/** What was found, in the words of Route 53. */
export interface ProbeFinding {
  readonly healthy: boolean;
  readonly text: string;
}

export type Probe = (target: ProbeTarget) => Promise<ProbeFinding>;

/*
 * Developer Guide, "How Route 53 determines the status of health checks that monitor an endpoint": a connection within
 * four seconds (TCP ten), a status within two more, the text in the first 5,120 bytes within two more.
 */
const connectTime = { http: 4 * second, https: 4 * second, tcp: 10 * second };
const answerTime = 2 * second;
const bodyTime = 2 * second;
const readBytes = 5120;

/** Makes probes that reach only addresses that may be called. */
export function createProbe(isAllowed: AddressRule): Probe {
  const lookup = guardedLookup(isAllowed);
  return async (target) => {
    try {
      if (isIP(target.host) !== 0 && !isAllowed(target.host)) throw forbidden(target.host);
      return await (target.protocol === "tcp" ? connect(target, lookup) : get(target, lookup));
    } catch (error) {
      return { healthy: false, text: `Failure: ${reason(error)}` };
    }
  };
}

function reason(error: unknown): string {
  if (error instanceof EgressError) return error.message;
  if (!(error instanceof Error)) return "unknown";
  switch ("code" in error ? error.code : undefined) {
    case "ECONNREFUSED":
      return "Connection refused.";
    case "ENOTFOUND":
      return "DNS resolution failed: the name does not exist.";
    default:
      return error.message;
  }
}

function timedOut(): Error {
  return new Error(
    "Connection timed out. The endpoint or the internet connection is down, or requests are being blocked by your firewall.",
  );
}

function connect({ host, port }: ProbeTarget, lookup: LookupFunction): Promise<ProbeFinding> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, lookup });
    const timer = setTimeout(() => socket.destroy(timedOut()), connectTime.tcp);
    socket.once("close", () => clearTimeout(timer));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.destroy();
      resolve({ healthy: true, text: "Success: TCP connection established" });
    });
  });
}

function get(target: ProbeTarget, lookup: LookupFunction): Promise<ProbeFinding> {
  const { protocol, host, port, path = "/", hostName = host, serverName, search } = target;
  const standard = protocol === "https" ? 443 : 80;
  const options = {
    host,
    port,
    path,
    lookup,
    // One connection each, closed afterwards.
    agent: false,
    headers: {
      host: port === standard ? hostName : `${hostName}:${port}`,
      "user-agent": "Amazon-Route53-Health-Check-Service (Roadstead)",
      connection: "close",
    },
  } as const;
  return new Promise((resolve, reject) => {
    const call =
      protocol === "https"
        ? // AWS: certificates are not looked at: an invalid one does not make an endpoint unhealthy.
          httpsRequest({ ...options, rejectUnauthorized: false, servername: serverName ?? "" })
        : httpRequest(options);
    let timer = setTimeout(() => call.destroy(timedOut()), connectTime[protocol]);
    const allow = (ms: number, late: string): void => {
      clearTimeout(timer);
      timer = setTimeout(() => call.destroy(new Error(late)), ms);
    };
    call.once("socket", (socket) => {
      socket.once(protocol === "https" ? "secureConnect" : "connect", () =>
        allow(answerTime, "The endpoint did not answer in time."),
      );
    });
    call.once("error", reject);
    call.once("close", () => clearTimeout(timer));
    call.once("response", (response) => {
      const status = response.statusCode ?? 0;
      const told = `HTTP Status Code ${status}, ${STATUS_CODES[status] ?? "unknown"}`;
      const well = status >= 200 && status < 400;
      if (!well || search === undefined) {
        response.destroy();
        resolve({ healthy: well, text: `${well ? "Success" : "Failure"}: ${told}` });
        return;
      }
      allow(bodyTime, "The endpoint's answer did not come in time.");
      let body = Buffer.alloc(0);
      const judge = (): void => {
        const found = body.subarray(0, readBytes).includes(search);
        response.destroy();
        resolve({
          healthy: found,
          text: found
            ? `Success: ${told}. The string was found`
            : `Failure: ${told}. The string was not found in the first ${readBytes} bytes`,
        });
      };
      response.on("data", (chunk: Buffer) => {
        body = Buffer.concat([body, chunk]);
        if (body.length >= readBytes || body.includes(search)) judge();
      });
      response.once("end", judge);
    });
    call.end();
  });
}
