import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, normalize, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { minute } from "../../kernel/duration.ts";
import { accessLine, connectionLine, flowLine } from "./access-line.ts";
import type { ClientEnd } from "./forwarded-fields.ts";
import type { HttpExchange } from "./http-exchange.ts";
import type { FinishedFlow } from "./network-listener.ts";
import type { Carried, CarrierLog, TrafficObserver } from "./ports.ts";

/** AWS: how long one file of an access log goes on, in milliseconds. */
const period = 5 * minute;
/** How long lines wait for a file, in milliseconds. */
const gathering = 1_000;
/** Ours: lines that wait at most; what comes when so many do is left out, and said so. */
const mostWaiting = 50_000;

export interface AccessLogPorts {
  /** Epoch ms. */
  now(): number;
  readonly log: CarrierLog;
  /** Names this process in file names: letters and digits. */
  readonly name: string;
  /** The folder that stands for a bucket. */
  folderOf(bucket: string): string;
}

/** A file that lines go to. */
interface LogFile {
  readonly path: string;
  /** Epoch ms. */
  readonly until: number;
  lines: string[];
}

/**
 * Access logs and connection logs of load balancers, as files in the folder of their bucket, by AWS's names and under
 * AWS's paths. A file is plain while its five minutes go on, and compressed afterwards.
 */
export class AccessLogs implements TrafficObserver {
  readonly #ports: AccessLogPorts;
  /** By load balancer and kind of log. */
  readonly #files = new Map<string, LogFile>();
  readonly #timer: NodeJS.Timeout;
  #waiting = 0;
  #left = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(ports: AccessLogPorts) {
    this.#ports = ports;
    this.#timer = setInterval(() => void this.flush(), gathering);
    this.#timer.unref();
  }

  exchange(at: Carried, exchange: HttpExchange): void {
    if (wants(at, "access_logs")) this.#line(at, "access_logs", accessLine(at, exchange));
  }

  unreadable(): void {
    // AWS: requests that could not be read are counted, and not logged.
  }

  flow(at: Carried, flow: FinishedFlow): void {
    const { now } = this.#ports;
    if (flow.client.tls !== undefined && wants(at, "access_logs")) {
      this.#line(at, "access_logs", flowLine(at, flow, now()));
    }
  }

  handshakeFailed(): void {}

  connected(at: Carried, client: ClientEnd): void {
    if (wants(at, "connection_logs")) {
      this.#line(at, "connection_logs", connectionLine(at, client, this.#ports.now()));
    }
  }

  /** Writes what waits. */
  flush(): Promise<void> {
    const now = this.#ports.now();
    const files = [...this.#files.entries()];
    this.#writing = this.#writing.then(async () => {
      for (const [key, file] of files) {
        const { lines } = file;
        file.lines = [];
        this.#waiting -= lines.length;
        try {
          await append(file.path, lines);
          if (file.until > now) continue;
          if (this.#files.get(key) === file) this.#files.delete(key);
          await compress(file.path);
        } catch (error) {
          this.#ports.log.error(
            { err: error, file: file.path, lines: lines.length },
            "an access log was not written",
          );
        }
      }
      if (this.#left > 0) this.#ports.log.error({ lines: this.#left }, "lines of access logs were left out");
      this.#left = 0;
    });
    return this.#writing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  #line(at: Carried, kind: LogKind, line: string): void {
    if (this.#waiting >= mostWaiting) {
      this.#left += 1;
      return;
    }
    const now = this.#ports.now();
    const key = `${at.view.loadBalancer.LoadBalancerArn}|${kind}`;
    let file = this.#files.get(key);
    if (file === undefined || file.until <= now) {
      const until = (Math.floor(now / period) + 1) * period;
      if (file !== undefined) this.#files.set(`${key}|${file.until}`, file);
      file = { path: this.#pathOf(at, kind, until), until, lines: [] };
      this.#files.set(key, file);
    }
    this.#waiting += 1;
    file.lines.push(line);
  }

  #pathOf({ view }: Carried, kind: LogKind, until: number): string {
    const { account, region, attributes, loadBalancer } = view;
    const folder = this.#ports.folderOf(attributes[`${kind}.s3.bucket`] ?? "");
    const end = new Date(until).toISOString();
    const name = loadBalancer.LoadBalancerArn.split("loadbalancer/")[1]?.replaceAll("/", ".") ?? "";
    const stamp = `${end.slice(0, 16).replace(/[-:]/g, "")}Z`;
    const file = `${account}_elasticloadbalancing_${region}_${name}_${stamp}_127.0.0.1_${this.#ports.name}.log`;
    const path = join(
      folder,
      attributes[`${kind}.s3.prefix`] ?? "",
      ...["AWSLogs", account, "elasticloadbalancing", region, ...end.slice(0, 10).split("-")],
      `${kind === "connection_logs" ? "conn_log." : ""}${file}`,
    );
    // A prefix is the customer's: it leads nowhere out of the bucket.
    return path.startsWith(normalize(folder) + sep) ? path : join(folder, file);
  }
}

type LogKind = "access_logs" | "connection_logs";

const wants = ({ view }: Carried, kind: LogKind): boolean =>
  view.attributes[`${kind}.s3.enabled`] === "true" && (view.attributes[`${kind}.s3.bucket`] ?? "") !== "";

async function append(path: string, lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await mkdir(dirname(path), { recursive: true });
  await appendFile(path, `${lines.join("\n")}\n`);
}

async function compress(path: string): Promise<void> {
  const text = await readFile(path).catch(() => undefined);
  if (text === undefined) return;
  await writeFile(`${path}.gz.part`, await promisify(gzip)(text));
  await rename(`${path}.gz.part`, `${path}.gz`);
  await rm(path);
}
