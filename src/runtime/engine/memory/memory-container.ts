import type { ContainerPhase, EngineContainer, EngineHealth, LogPiece, PublishedPort } from "../port.ts";
import type { ContainerSettings } from "../settings.ts";
import { parseScript, type Step } from "./script.ts";

/** AWS and Docker: what a process that was killed exits with. */
const killed = 137;
const terminated = 143;

/** What a container tells its engine. */
export interface ContainerPorts {
  now(): number;
  happened(action: string): void;
}

/** A container in memory: a script that is played, with what it writes. */
export class MemoryContainer {
  readonly id: string;
  readonly name: string;
  readonly settings: ContainerSettings;
  readonly written: LogPiece[] = [];
  /** Told whenever something is written or the container stops. */
  readonly listeners = new Set<() => void>();
  readonly #ports: ContainerPorts;
  readonly #createdAt: number;
  #phase: ContainerPhase = "created";
  #exitCode = 0;
  #oomKilled = false;
  #startedAt: number | undefined;
  #finishedAt: number | undefined;
  #health: EngineHealth | undefined;
  #published: readonly PublishedPort[] = [];
  /** What TERM does: undefined ends it at once. */
  #trap: { readonly exitCode: number | undefined } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #probe: NodeJS.Timeout | undefined;

  constructor(id: string, name: string, settings: ContainerSettings, ports: ContainerPorts) {
    this.id = id;
    this.name = name;
    this.settings = settings;
    this.#ports = ports;
    this.#createdAt = ports.now();
  }

  get running(): boolean {
    return this.#phase === "running";
  }

  get exitCode(): number {
    return this.#exitCode;
  }

  start(published: readonly PublishedPort[]): void {
    this.#phase = "running";
    this.#startedAt = this.#ports.now();
    this.#finishedAt = undefined;
    this.#exitCode = 0;
    this.#trap = undefined;
    this.#published = published;
    this.#beginProbes();
    this.#ports.happened("start");
    const command = [...(this.settings.Entrypoint ?? []), ...(this.settings.Cmd ?? [])];
    // Its first instruction comes after the engine has answered.
    this.#timer = setTimeout(() => this.#play(parseScript(command), 0), 0);
  }

  /** A signal by its name or number. */
  signal(signal: string): void {
    const name = signal.replace(/^SIG/, "");
    if (name === "KILL" || name === "9") this.#end(killed);
    if (name !== "TERM" && name !== "15" && name !== "INT") return;
    if (this.#trap === undefined) this.#end(terminated);
    else if (this.#trap.exitCode !== undefined) this.#end(this.#trap.exitCode);
  }

  /** Ends without a trace: the container is removed. */
  dispose(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#probe);
    this.#phase = "gone";
    this.#tell();
  }

  inspect(): EngineContainer {
    return {
      id: this.id,
      name: this.name,
      labels: this.settings.Labels,
      imageId: this.settings.Image,
      phase: this.#phase,
      pid: this.running ? 1 : 0,
      exitCode: this.#exitCode,
      oomKilled: this.#oomKilled,
      error: "",
      createdAt: this.#createdAt,
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
      health: this.#health,
      ports: this.running ? this.#published : [],
      networks: [],
      mounts: (this.settings.HostConfig.Binds ?? []).map((bind) => {
        const [source = "", destination = ""] = bind.split(":");
        return { source, destination };
      }),
    };
  }

  #play(steps: readonly Step[], from: number): void {
    for (let index = from; index < steps.length; index++) {
      const step = steps[index];
      switch (step?.kind) {
        case "write":
          this.#write(step.stream, step.text);
          break;
        case "trap":
          this.#trap = { exitCode: step.exitCode };
          break;
        case "sleep":
          this.#timer = setTimeout(() => this.#play(steps, index + 1), step.seconds * 1000);
          return;
        case "out-of-memory":
          this.#oomKilled = true;
          this.#ports.happened("oom");
          this.#end(killed);
          return;
        case "exit":
          this.#end(step.code);
          return;
        default:
          return;
      }
    }
  }

  /** As an engine's log has it: a line a piece, the last one perhaps without its newline. */
  #write(stream: "stdout" | "stderr", text: string): void {
    for (const line of text.match(/[^\n]*\n|[^\n]+/g) ?? []) {
      this.written.push({ stream, at: this.#ports.now(), bytes: Buffer.from(line) });
    }
    this.#tell();
  }

  #end(exitCode: number): void {
    if (!this.running) return;
    clearTimeout(this.#timer);
    clearTimeout(this.#probe);
    this.#phase = "exited";
    this.#exitCode = exitCode;
    this.#finishedAt = this.#ports.now();
    this.#tell();
    this.#ports.happened("die");
  }

  /** A check whose command is `exit 1` or `false` fails; any other passes at its first probe. */
  #beginProbes(): void {
    const check = this.settings.Healthcheck;
    if (check === undefined) return;
    this.#health = { status: "starting" };
    const fails = /\b(exit [1-9]|false)\b/.test(check.Test.join(" "));
    const probes = fails ? (check.Retries ?? 3) : 1;
    const wait = (probes * (check.Interval ?? 30e9)) / 1e6;
    this.#probe = setTimeout(() => {
      this.#health = { status: fails ? "unhealthy" : "healthy", exitCode: fails ? 1 : 0, output: "" };
      this.#ports.happened(`health_status: ${this.#health.status}`);
    }, wait);
  }

  #tell(): void {
    for (const listener of this.listeners) listener();
  }
}
