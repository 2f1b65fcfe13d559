import type { HttpParameters, Target } from "@aws-sdk/client-eventbridge";
import { isJsonObject, type Json } from "../../kernel/json.ts";
import type { BusEvent } from "./event.ts";

/** What a rule knows of itself while it makes the input of a target. */
export interface InputSources {
  readonly event: BusEvent;
  readonly ruleArn: string;
  readonly ruleName: string;
  /** When EventBridge received the event, epoch ms. */
  readonly receivedAt: number;
}

/**
 * What a target gets: the event, a part of it, a constant, or a text made of parts ("Amazon EventBridge input
 * transformation", User Guide). Always a text; JSON unless a template makes something else of it.
 */
export function targetInput(
  target: Pick<Target, "Input" | "InputPath" | "InputTransformer">,
  sources: InputSources,
): string {
  if (target.Input !== undefined) return target.Input;
  const event = sources.event as unknown as Json;
  if (target.InputPath !== undefined) return JSON.stringify(at(event, target.InputPath) ?? null);
  if (target.InputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap: paths = {}, InputTemplate: template = "" } = target.InputTransformer;
  const own = Object.entries(paths).map(([name, path]): [string, Json | undefined] => [
    name,
    at(event, path),
  ]);
  return filled(template, new Map([...predefined(sources), ...own]));
}

/** The parameters of a call over HTTP: a value that is a path stands for what the event has there. */
export function httpParameters(given: HttpParameters, event: BusEvent): HttpParameters {
  const value = (text: string): string => {
    if (!text.startsWith("$") || !isPath(text)) return text;
    const found = at(event as unknown as Json, text);
    return typeof found === "string" ? found : found === undefined ? "" : JSON.stringify(found);
  };
  const values = (map: Record<string, string> | undefined) =>
    map && Object.fromEntries(Object.entries(map).map(([key, text]) => [key, value(text)]));
  return {
    PathParameterValues: given.PathParameterValues?.map(value),
    HeaderParameters: values(given.HeaderParameters),
    QueryStringParameters: values(given.QueryStringParameters),
  };
}

/** Whether a text is a path that can be followed: `$`, `$.detail.state`, `$.resources[0]`, `$['detail-type']`. */
export function isPath(text: string): boolean {
  return /^\$(?:\.[\w-]+|\[\d+\]|\['[^']+'\])*$/.test(text);
}

/** The predefined variables of input transformers. */
function predefined({ event, ruleArn, ruleName, receivedAt }: InputSources): Map<string, Json | undefined> {
  const { detail: _detail, ...withoutDetail } = event;
  return new Map<string, Json | undefined>([
    ["aws.events.rule-arn", ruleArn],
    ["aws.events.rule-name", ruleName],
    ["aws.events.event.ingestion-time", new Date(receivedAt).toISOString()],
    ["aws.events.event", withoutDetail as unknown as Json],
    ["aws.events.event.json", event as unknown as Json],
  ]);
}

/** Puts values in place of `<name>`: as they are within quotes, as JSON outside of them. What is not there vanishes. */
function filled(template: string, values: ReadonlyMap<string, Json | undefined>): string {
  let out = "";
  let quoted = false;
  for (let i = 0; i < template.length; i++) {
    const c = template[i] ?? "";
    const name = c === "<" ? /^<([\w.-]+)>/.exec(template.slice(i, i + 260))?.[1] : undefined;
    if (name !== undefined && values.has(name)) {
      out += shown(values.get(name), quoted);
      i += name.length + 1;
      continue;
    }
    if (c === "\\" && quoted) out += c + (template[++i] ?? "");
    else {
      if (c === '"') quoted = !quoted;
      out += c;
    }
  }
  return out;
}

function shown(value: Json | undefined, quoted: boolean): string {
  if (value === undefined) return "";
  if (!quoted) return JSON.stringify(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
}

function at(event: Json, path: string): Json | undefined {
  let found: Json | undefined = event;
  for (const [, name, index, quotedName] of path.matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/g)) {
    const key = name ?? quotedName;
    if (key === undefined) found = Array.isArray(found) ? found[Number(index)] : undefined;
    else found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}
