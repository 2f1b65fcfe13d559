import { Glob } from "../authz/match/glob.ts";

/** What the Service Authorization Reference says of one service (`data/README.md` names the edition). */
export interface ServiceReference {
  /** The prefix of its actions: `ecr`. */
  readonly service: string;
  readonly resources: Readonly<Record<string, { readonly arn: string; readonly keys?: readonly string[] }>>;
  readonly actions: Readonly<Record<string, ActionReference>>;
  /** Condition keys (`iam:PassedToService`, `aws:ResourceTag/${TagKey}`) and their types, as the reference names them. */
  readonly keyTypes: Readonly<Record<string, string>>;
}

/** An action: the condition keys it takes, and its resource types with keys of their own. */
export interface ActionReference {
  readonly keys?: readonly string[];
  /** Absent when the action knows no resource but `*`. */
  readonly resources?: Readonly<Record<string, readonly string[]>>;
  /** The types of which a call must name one. */
  readonly required?: readonly string[];
}

/** The services by action prefix. */
export type AuthorizationReference = ReadonlyMap<string, ServiceReference>;

/** The type that the reference gives a condition key (any case): `String`, `Bool`, `ArrayOfARN`; or `undefined`. */
export function keyTypeOf(reference: AuthorizationReference, key: string): string | undefined {
  const asked = key.toLowerCase();
  for (const { keyTypes } of reference.values())
    for (const [known, type] of Object.entries(keyTypes)) {
      const pattern = known.replace(/\$\{[^}]*\}/g, "*").toLowerCase();
      if (pattern === asked || (pattern.includes("*") && Glob.of(pattern).matches(asked))) return type;
    }
  return undefined;
}

/** An action that a pattern covers, with all it takes. */
export interface KnownAction {
  /** `ecr:PutImage`. */
  readonly name: string;
  /** ARN templates of the resource types; empty when the action knows no resource but `*`. */
  readonly arns: readonly string[];
  /** Whether a condition key (any case) can have a value when the action is asked for. */
  takesKey(key: string): boolean;
}

/** The actions of a service that a pattern without the prefix covers (`Put*`, in any case). */
export function actionsOf(service: ServiceReference, pattern: string): readonly KnownAction[] {
  const glob = Glob.of(pattern.toLowerCase());
  return Object.entries(service.actions)
    .filter(([name]) => glob.matches(name.toLowerCase()))
    .map(([name, action]) => knownAction(service, name, action));
}

function knownAction(service: ServiceReference, name: string, action: ActionReference): KnownAction {
  const types = Object.entries(action.resources ?? {});
  const keys = [
    ...(action.keys ?? []),
    ...types.flatMap(([type, own]) => [...own, ...(service.resources[type]?.keys ?? [])]),
  ];
  const globs = keys.map((key) => Glob.of(key.replace(/\$\{[^}]*\}/g, "*").toLowerCase()));
  return {
    name: `${service.service}:${name}`,
    arns: types.flatMap(([type]) => service.resources[type]?.arn ?? []),
    takesKey: (key) => globs.some((glob) => glob.matches(key.toLowerCase())),
  };
}
