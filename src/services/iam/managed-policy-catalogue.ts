import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Arn } from "../../kernel/brand.ts";

/** What a list shows of an AWS managed policy. */
export interface ManagedPolicySummary {
  readonly arn: Arn;
  readonly name: string;
  readonly path: string;
  /** `ANPA…`. */
  readonly id: string;
  /** `v12`: the only version there is here. */
  readonly defaultVersion: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly attachable: boolean;
}

/** An AWS managed policy with its document. */
export interface ManagedPolicy extends ManagedPolicySummary {
  /** JSON. */
  readonly document: string;
}

/** The policies that AWS makes and keeps: the same in every account. */
export interface ManagedPolicyCatalogue {
  get(arn: string): ManagedPolicy | undefined;
  /** In the order of their names. */
  list(): Iterable<ManagedPolicySummary>;
}

/** A row of `index.json`; `tools/managed-policies.mjs` writes it and says what it means. */
type IndexRow = readonly [
  name: string,
  path: string,
  id: string,
  defaultVersion: string,
  created: number,
  updated: number,
  attachable: boolean,
  offset: number,
  length: number,
];

interface Indexed {
  readonly summary: ManagedPolicySummary;
  readonly offset: number;
  readonly length: number;
}

/**
 * The policies in `<dataDirectory>/managed-policies`. Nothing is read before it is asked for: the index at the first
 * question, a document (a few kilobytes) when somebody has it attached, and then it is kept.
 * @param dataDirectory the project's `data` folder.
 */
export function openManagedPolicies(dataDirectory: string): ManagedPolicyCatalogue {
  const folder = join(dataDirectory, "managed-policies");
  let index: ReadonlyMap<string, Indexed> | undefined;
  const indexed = () => (index ??= readIndex(join(folder, "index.json")));
  const documents = new Map<string, string>();
  return {
    get(arn) {
      const found = indexed().get(arn);
      if (found === undefined) return undefined;
      let document = documents.get(arn);
      if (document === undefined) {
        document = readSlice(join(folder, "documents.jsonl"), found.offset, found.length);
        documents.set(arn, document);
      }
      return { ...found.summary, document };
    },
    *list() {
      for (const { summary } of indexed().values()) yield summary;
    },
  };
}

/** The same catalogue with another document for one of its policies. Throws when it has no such policy. */
export function withDocument(
  catalogue: ManagedPolicyCatalogue,
  arn: string,
  document: string,
): ManagedPolicyCatalogue {
  const original = catalogue.get(arn);
  if (original === undefined) throw new Error(`no managed policy ${arn}`);
  return {
    get: (asked) => (asked === arn ? { ...original, document } : catalogue.get(asked)),
    list: () => catalogue.list(),
  };
}

function readIndex(file: string): ReadonlyMap<string, Indexed> {
  const rows = JSON.parse(readFileSync(file, "utf8")) as readonly IndexRow[];
  return new Map(
    rows.map(([name, path, id, defaultVersion, created, updated, attachable, offset, length]) => {
      const arn = `arn:aws:iam::aws:policy${path}${name}` as Arn;
      const times = { createdAt: created * 1000, updatedAt: updated * 1000 };
      return [
        arn,
        { summary: { arn, name, path, id, defaultVersion, ...times, attachable }, offset, length },
      ];
    }),
  );
}

function readSlice(file: string, offset: number, length: number): string {
  const bytes = Buffer.alloc(length);
  const descriptor = openSync(file, "r");
  try {
    for (let read = 0; read < length; ) {
      const count = readSync(descriptor, bytes, read, length - read, offset + read);
      if (count === 0) throw new Error(`${file} ends before byte ${offset + length}`);
      read += count;
    }
  } finally {
    closeSync(descriptor);
  }
  return bytes.toString("utf8");
}
