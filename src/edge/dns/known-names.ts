import type { Client } from "../../dispatch/context.ts";
import type { InternalOperation } from "../../dispatch/operation.ts";
import type { DnsName } from "../../kernel/dns/name.ts";
import type { RecordSet } from "../../kernel/dns/record-set.ts";
import { second } from "../../kernel/duration.ts";
import { answer, type Finding, type Names } from "./answer.ts";
import { indexNames, type NameIndex, type ZoneSummary } from "./name-index.ts";
import type { Asker, NameSource } from "./name-source.ts";
import { compileZone, type Zone } from "./zone.ts";

/** Where the names come from. */
export interface KnownNamesPorts {
  /** Calls as Route 53. */
  client(): Client;
  readonly inspectNames: InternalOperation<
    Record<string, never>,
    undefined,
    { readonly zones: readonly ZoneSummary[]; readonly unhealthy: readonly string[] }
  >;
  readonly inspectZone: InternalOperation<{ readonly zone: string }, undefined, readonly RecordSet[]>;
  /** Calls back when names may have changed; returns the unsubscriber. */
  onChange(changed: () => void): () => void;
  readonly sources: readonly NameSource[];
  draw(total: number): number;
}

/** Everything that can be answered without asking another server. */
export interface KnownNames {
  /** What is known of a question now, if that can be said without reading rows. */
  peek(question: Question, asker: Asker): Finding | undefined;
  /** What is known of a question. */
  find(question: Question, asker: Asker): Promise<Finding>;
  /** What a zone itself answers, whoever asks. */
  findIn(zone: string, question: Question): Promise<Finding>;
  /** Grows whenever names may have changed: what was remembered of an earlier number is void. */
  generation(): number;
  /** Whether nothing is known to have changed since names were last read. */
  isFresh(): boolean;
  close(): void;
}

export interface Question {
  readonly name: DnsName;
  readonly type: number;
}

/** After that many ms what other processes have changed is looked for. */
const freshFor = second;
/** Zones whose records are kept in memory. */
const mostZones = 512;
/** How many zones one chain of names may lead through. */
const mostLoads = 24;

/** A zone's records are not in memory. */
class Unloaded extends Error {
  readonly zone: ZoneSummary;
  constructor(zone: ZoneSummary) {
    super("the zone is not in memory");
    this.zone = zone;
  }
}

interface View {
  readonly index: NameIndex;
  readonly unhealthy: ReadonlySet<string>;
  readonly text: string;
}

export function createKnownNames(ports: KnownNamesPorts): KnownNames {
  return new Known(ports);
}

class Known implements KnownNames {
  readonly #ports: KnownNamesPorts;
  readonly #unsubscribe: () => void;
  readonly #zones = new Map<string, { readonly version: number; readonly zone: Zone }>();
  #view: View | undefined;
  #stale = true;
  #readAt = 0;
  #reading: Promise<void> | undefined;
  #generation = 0;

  constructor(ports: KnownNamesPorts) {
    this.#ports = ports;
    this.#unsubscribe = ports.onChange(() => {
      this.#stale = true;
      this.#generation++;
    });
  }

  generation(): number {
    return this.#generation;
  }

  isFresh(): boolean {
    if (this.#stale) return false;
    this.#lookAgain();
    return true;
  }

  close(): void {
    this.#unsubscribe();
  }

  peek(question: Question, asker: Asker): Finding | undefined {
    const view = this.#view;
    if (view === undefined || this.#stale) return undefined;
    this.#lookAgain();
    return this.#attempt(() => answer(question, this.#names(view, asker)));
  }

  async find(question: Question, asker: Asker): Promise<Finding> {
    return this.#load((view) => answer(question, this.#names(view, asker)));
  }

  async findIn(id: string, question: Question): Promise<Finding> {
    return this.#load((view) => {
      const names = this.#names(view, { kind: "host" });
      const zone = view.index.byId(id);
      const own = zone === undefined ? undefined : this.#zone(zone);
      return answer(question, {
        ...names,
        zoneFor: (name) =>
          own !== undefined && (name === own.name || name.endsWith(`.${own.name}`)) ? own : undefined,
      });
    });
  }

  /** Tries, and loads what was missing, until nothing is. */
  async #load(attempt: (view: View) => Finding): Promise<Finding> {
    for (let i = 0; i < mostLoads; i++) {
      const view = this.#view;
      if (view === undefined || this.#stale) {
        await this.#refresh();
        continue;
      }
      try {
        return attempt(view);
      } catch (error) {
        if (!(error instanceof Unloaded)) throw error;
        await this.#loadZone(error.zone);
      }
    }
    throw new Error("the zones of a chain of names could not be read");
  }

  #attempt(work: () => Finding): Finding | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof Unloaded) return undefined;
      throw error;
    }
  }

  #names({ index, unhealthy }: View, asker: Asker): Names {
    const zoneOf = (zone: ZoneSummary | undefined) => (zone === undefined ? undefined : this.#zone(zone));
    const { sources, draw } = this.#ports;
    return {
      draw,
      region: asker.kind === "vpc" ? asker.region : undefined,
      zoneFor: (name) => zoneOf(index.find(name, asker)),
      zoneById: (id) => zoneOf(index.byId(id)),
      isHealthy: (id) => !unhealthy.has(id),
      named(name) {
        for (const source of sources) {
          const found = source.find(name, asker);
          if (found !== undefined) return found;
        }
        return undefined;
      },
    };
  }

  #zone(summary: ZoneSummary): Zone {
    const known = this.#zones.get(summary.id);
    if (known?.version === summary.version) return known.zone;
    throw new Unloaded(summary);
  }

  async #loadZone({ id, name, version }: ZoneSummary): Promise<void> {
    const sets = await this.#ports.client().invoke(this.#ports.inspectZone, { zone: id });
    this.#zones.delete(id);
    this.#zones.set(id, { version, zone: compileZone(id, name, sets) });
    const [oldest] = this.#zones.keys();
    if (this.#zones.size > mostZones && oldest !== undefined) this.#zones.delete(oldest);
  }

  #refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    // Before reading: what changes meanwhile is read again.
    this.#stale = false;
    this.#readAt = performance.now();
    try {
      const { zones, unhealthy } = await this.#ports.client().invoke(this.#ports.inspectNames, {});
      const text = JSON.stringify([zones, unhealthy]);
      if (text === this.#view?.text) return;
      this.#view = { index: indexNames(zones), unhealthy: new Set(unhealthy), text };
      this.#generation++;
    } catch (error) {
      this.#stale = true;
      throw error;
    }
  }

  /** Other processes change names too: in the background, so that nobody waits. */
  #lookAgain(): void {
    if (performance.now() - this.#readAt < freshFor) return;
    this.#readAt = performance.now();
    this.#refresh().catch(() => {
      // Whoever asks next tries again, and is told.
    });
  }
}
