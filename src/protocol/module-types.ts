import type { StaticErrorSchema } from "@smithy/types";

/**
 * A client package of the AWS SDK, imported whole: `import * as ecr from "@aws-sdk/client-ecr"`.
 * All types below are derived from `typeof` such a module, so a misspelt operation, member or fault does not compile.
 */
export type SdkModule = Readonly<Record<string, unknown>>;

/** What an SDK command class has that tells its input and output. */
type CommandClass<Input, Output> = abstract new (
  input: never,
) => {
  readonly input: Input;
  resolveMiddleware(
    stack: never,
    configuration: never,
    options: never,
  ): (args: never) => Promise<{ output: Output }>;
};

/** The names of a service's operations: `"CreateRepository" | "DeleteRepository" | …`. */
export type OperationName<M> = Exclude<
  {
    [K in keyof M]: K extends `${infer N}Command`
      ? M[K] extends CommandClass<unknown, unknown>
        ? N
        : never
      : never;
  }[keyof M],
  "$" // The SDK re-exports its base class as `$Command`.
>;

type CommandOf<M, N extends OperationName<M>> = `${N}Command` extends keyof M ? M[`${N}Command`] : never;

/**
 * The input of an operation once it has been validated: required members, at any depth, are there
 * (the SDK's own types let each be `undefined`).
 */
export type InputOf<M, N extends OperationName<M>> =
  CommandOf<M, N> extends CommandClass<infer Input, unknown> ? Validated<Input> : never;

/** The output of an operation, without the metadata that only a client sees. */
export type OutputOf<M, N extends OperationName<M>> =
  CommandOf<M, N> extends CommandClass<unknown, infer Output> ? Omit<Output, "$metadata"> : never;

/** The names of the errors that a service's model declares: `"RepositoryNotFoundException" | …`. */
export type ErrorName<M> = Exclude<
  { [K in keyof M]: K extends `${infer N}$` ? (M[K] extends StaticErrorSchema ? N : never) : never }[keyof M],
  SyntheticErrorName<M>
>;

/** The SDK adds one base error a service, `ECRServiceException`, named after its client `ECRClient`. */
type SyntheticErrorName<M> = {
  [K in keyof M]: K extends `${infer N}Client` ? `${N}ServiceException` : never;
}[keyof M];

/** Values that a codec makes whole and that have no members of their own. */
type Leaf =
  | string
  | number
  | boolean
  | bigint
  | Date
  | Uint8Array
  | ((...args: never) => unknown)
  | null
  | undefined;

/** Required members cannot be `undefined`, at any depth; optional ones stay optional. */
export type Validated<T> = T extends Leaf
  ? T
  : T extends readonly (infer Item)[]
    ? // A tuple (the unknown member of a union) has nothing to complete.
      number extends T["length"]
      ? Validated<Item>[]
      : T
    : {
        [K in keyof T]: undefined extends T[K]
          ? Record<never, never> extends Pick<T, K>
            ? Validated<T[K]>
            : Validated<Exclude<T[K], undefined>>
          : Validated<T[K]>;
      };
