import type { Json } from "../kernel/json.ts";
import {
  compileOnce,
  lazily,
  lowerCamel,
  type Member,
  type Shape,
  type StructureShape,
  setKey,
} from "./shape.ts";

/** AWS: members that CloudTrail hides although the model does not call them sensitive, by the structure they are in. */
const alsoHidden: ReadonlySet<string> = new Set([
  "StartSessionResponse.TokenValue",
  "ResumeSessionResponse.TokenValue",
]);

type Redactor = (value: unknown) => Json | undefined;

/** AWS: what CloudTrail shows in place of a secret. */
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS";

/**
 * A typed value as CloudTrail shows it (AWS CloudTrail User Guide, "CloudTrail record contents"): member names begin
 * in lower case, members that the model calls sensitive are hidden, times are ISO 8601, bytes and streams are left out.
 */
export function redacted(shape: StructureShape | undefined, value: unknown): Json {
  if (shape === undefined || value === undefined || value === null) return null;
  return redactor(shape)(value) ?? null;
}

const redactor = compileOnce(compile);

function compile(shape: Shape): Redactor {
  switch (shape.kind) {
    case "structure": {
      const members = lazily(() =>
        shape.members.map((m) => ({
          name: m.name,
          shown: lowerCamel(m.name),
          redact: alsoHidden.has(`${shape.name}.${m.name}`) ? () => hidden : ofMember(m),
        })),
      );
      return (value) => {
        const from = value as Readonly<Record<string, unknown>>;
        const out: Record<string, Json> = {};
        for (const { name, shown, redact } of members()) {
          const item = from[name];
          if (item === undefined || item === null) continue;
          const json = redact(item);
          if (json !== undefined) out[shown] = json;
        }
        return out;
      };
    }
    case "list": {
      const redact = ofMember(shape.item);
      return (value) => Array.from(value as Iterable<unknown>, (item) => redact(item) ?? null);
    }
    case "map": {
      const redact = ofMember(shape.value);
      return (value) => {
        const out: Record<string, Json> = {};
        for (const [key, item] of Object.entries(value as object)) setKey(out, key, redact(item) ?? null);
        return out;
      };
    }
    case "timestamp":
      return (value) => (value instanceof Date ? value.toISOString() : undefined);
    case "blob":
      return () => undefined;
    case "number":
      return (value) => (Number.isFinite(value) ? (value as number) : String(value));
    case "string":
    case "boolean":
    case "document":
      return (value) => value as Json;
  }
}

function ofMember(member: Member): Redactor {
  if (member.traits.sensitive) return () => hidden;
  const redact = redactor(member.shape);
  // A call is recorded before it is validated: a list may hold nothing where an item should be.
  return (value) => (value === null || value === undefined ? undefined : redact(value));
}
