import type { StaticErrorSchema, StaticOperationSchema } from "@smithy/types";
import type { Fault } from "../kernel/fault.ts";
import type { Json } from "../kernel/json.ts";
import { type ConstraintTable, constraintsOf } from "./constraints.ts";
import { maxBodyOf } from "./limits.ts";
import { redacted } from "./redact.ts";
import { compileRoutes, type Route } from "./routes.ts";
import { type StructureShape, structureOf } from "./shape.ts";
import { compileValidator } from "./validate.ts";
import { type ValidationStyle, validationStyleOf } from "./violations.ts";

/** Every wire format of an AWS service (Smithy specification, "AWS protocols"). */
export type Protocol = "json1.0" | "json1.1" | "query" | "ec2" | "rest-xml" | "rest-json" | "cbor";

/** A service as its SDK client describes it: everything that the wire and the audit trail need to know. */
export interface ServiceContract {
  /** SigV4 scope: `ecr`. */
  readonly signingName: string;
  /** `com.amazonaws.ecr`. */
  readonly namespace: string;
  /** `2015-09-21`. */
  readonly version: string;
  readonly xmlNamespace: string | undefined;
  /** What stands before the operation in `X-Amz-Target`. */
  readonly targetPrefix: string | undefined;
  /** The service's own protocol. */
  readonly protocol: Protocol;
  /** All that it speaks. */
  readonly protocols: ReadonlySet<Protocol>;
  /** JSON and CBOR errors also carry Query's code, in `x-amzn-query-error`. */
  readonly queryCompatible: boolean;
  readonly operations: ReadonlyMap<string, OperationContract>;
  /** Modelled errors, each under its name and under its Query code. */
  readonly errors: ReadonlyMap<string, ErrorContract>;
  /** `ecr.amazonaws.com`. */
  readonly eventSource: string;
  readonly validation: ValidationStyle;
  /** Operations that are called without a signature (Smithy's `auth`): their input proves who calls. */
  readonly unsigned: ReadonlySet<string>;
  /** REST routes, most specific first; empty for RPC services. */
  readonly routes: readonly Route[];
}

export interface OperationContract {
  readonly name: string;
  readonly service: ServiceContract;
  /** `undefined` when the operation takes, or answers, nothing (Smithy's `Unit`). */
  readonly input: StructureShape | undefined;
  readonly output: StructureShape | undefined;
  /** Method, URI pattern and status of a REST operation. */
  readonly http: readonly [method: string, uri: string, status: number] | undefined;
  /** The largest request body in bytes, compressed or not. */
  readonly maxBody: number;
  /** By its name it changes nothing (`Describe…`, `Get…`, `List…`): what CloudTrail shows as `readOnly`. */
  readonly readOnlyHint: boolean;
  /** Required members and constraints of the service model. All violations are told in one fault. */
  validate(input: unknown): Fault | undefined;
  /** The input as CloudTrail's `requestParameters` shows it. */
  redact(input: unknown): Json;
  /** The output as CloudTrail's `responseElements` shows it. */
  redactOutput(output: unknown): Json;
}

export interface ErrorContract {
  /** `RepositoryNotFoundException`. */
  readonly name: string;
  /** Query's code: `NoSuchEntity`. */
  readonly code: string;
  readonly fault: "client" | "server";
  /** HTTP status in Query, and in the other protocols. */
  readonly queryStatus: number;
  readonly status: number;
  readonly shape: StructureShape;
  /** `message` or `Message`, as the model spells it. */
  readonly messageMember: string;
}

/** What a module cannot tell of its service. */
export interface ContractFacts {
  /** Constraints of the service model; by default those committed for the service, if any. */
  readonly constraints?: ConstraintTable;
  /** `<signing name>.amazonaws.com` by default. */
  readonly eventSource?: string;
}

const protocolsByShapeId: Readonly<Record<string, Protocol>> = {
  "aws.protocols#awsJson1_0": "json1.0",
  "aws.protocols#awsJson1_1": "json1.1",
  "aws.protocols#awsQuery": "query",
  "aws.protocols#ec2Query": "ec2",
  "aws.protocols#restXml": "rest-xml",
  "aws.protocols#restJson1": "rest-json",
  "smithy.protocols#rpcv2Cbor": "cbor",
};

/** The configuration of an SDK client, as far as it describes the service. */
interface ServiceDescription {
  readonly defaultSigningName: string;
  readonly protocol: { getShapeId(): string; readonly mixin?: { readonly queryCompat?: boolean } };
  readonly protocolSettings: {
    readonly defaultNamespace: string;
    readonly version?: string;
    readonly xmlNamespace?: string;
    readonly serviceTarget?: string;
  };
  readonly apiVersion: string;
  /** How the client would authenticate a call; the first way is the one it takes. */
  httpAuthSchemeProvider?(call: Readonly<Record<string, unknown>>): readonly { readonly schemeId: string }[];
}

/**
 * Reads a service's contract from its SDK client module. Costs a few milliseconds: shapes, readers and validators are
 * compiled when an operation first needs them.
 * @throws Error when the module is not an SDK client of a supported protocol.
 */
export function contractOf(module: object, facts: ContractFacts = {}): ServiceContract {
  const exported = Object.entries(module);
  const described = describe(exported);
  const { protocolSettings: settings, defaultSigningName: signingName } = described;
  const protocol = protocolsByShapeId[described.protocol.getShapeId()];
  if (protocol === undefined) throw new Error(`unknown protocol ${described.protocol.getShapeId()}`);
  const queryCompatible = described.protocol.mixin?.queryCompat === true;
  const constraints = facts.constraints ?? constraintsOf(signingName);
  const operations = new Map<string, OperationContract>();
  const errors = new Map<string, ErrorContract>();
  let routes: readonly Route[] | undefined;
  let unsigned: ReadonlySet<string> | undefined;
  const contract: ServiceContract = {
    signingName,
    namespace: settings.defaultNamespace,
    version: settings.version ?? described.apiVersion,
    xmlNamespace: settings.xmlNamespace,
    targetPrefix: settings.serviceTarget,
    protocol,
    // AWS: a service that moved away from Query keeps answering it, and answers CBOR as well.
    protocols: new Set(queryCompatible ? [protocol, "json1.0", "json1.1", "query", "cbor"] : [protocol]),
    queryCompatible,
    operations,
    errors,
    eventSource: facts.eventSource ?? `${signingName}.amazonaws.com`,
    validation: validationStyleOf(signingName),
    get unsigned() {
      unsigned ??= new Set([...operations.keys()].filter((name) => isUnsigned(described, name)));
      return unsigned;
    },
    get routes() {
      routes ??= compileRoutes(operations.values());
      return routes;
    },
  };
  for (const [, value] of exported) {
    if (isOperationSchema(value)) {
      const operation = operationContract(contract, value, constraints);
      operations.set(operation.name, operation);
    } else if (isErrorSchema(value) && value[1] === contract.namespace) {
      const error = errorContract(value);
      errors.set(error.name, error);
      if (!errors.has(error.code)) errors.set(error.code, error);
    }
  }
  return contract;
}

/** The Smithy namespace of an SDK client module, without reading the rest of it; undefined when it has no operation. */
export function namespaceOf(module: object): string | undefined {
  for (const name in module) {
    const value: unknown = (module as Readonly<Record<string, unknown>>)[name];
    if (isOperationSchema(value)) return value[1];
  }
  return undefined;
}

/** The service and operation of an SDK command, for sending it in process. */
export function operationOfCommand(command: object): { readonly namespace: string; readonly name: string } {
  const schema: unknown = "schema" in command ? command.schema : undefined;
  if (!isOperationSchema(schema)) throw new Error("this command of the SDK carries no schema");
  return { namespace: schema[1], name: schema[2] };
}

type ClientClass = new (config: { region: string }) => { readonly config: ServiceDescription };

function describe(exported: readonly (readonly [string, unknown])[]): ServiceDescription {
  for (const [name, value] of exported) {
    if (typeof value === "function" && /^[A-Z].*Client$/.test(name)) {
      const { config } = new (value as ClientClass)({ region: "us-east-1" });
      if (config?.protocolSettings !== undefined) return config;
    }
  }
  throw new Error("the module exports no SDK client");
}

/** Schemas do not carry the `auth` trait; the client's own choice of scheme, made from it, tells. */
function isUnsigned(described: ServiceDescription, operation: string): boolean {
  const region = "us-east-1";
  const [first] = described.httpAuthSchemeProvider?.({ operation, region, Region: region }) ?? [];
  return first?.schemeId === "smithy.api#noAuth";
}

function isOperationSchema(value: unknown): value is StaticOperationSchema {
  return Array.isArray(value) && value[0] === 9 && value.length >= 6;
}

function isErrorSchema(value: unknown): value is StaticErrorSchema {
  return Array.isArray(value) && value[0] === -3;
}

const readOnlyName =
  /^(Assume|BatchCheck|BatchGet|Decode|Describe|Get|Head|List|Lookup|Search|Select|Simulate|Test|Validate)/;

function operationContract(
  service: ServiceContract,
  [, , name, traits, input, output]: StaticOperationSchema,
  constraints: ConstraintTable | undefined,
): OperationContract {
  const inputShape = structureOf(input);
  const outputShape = structureOf(output);
  let validator: ((input: unknown) => Fault | undefined) | undefined;
  return {
    name,
    service,
    input: inputShape,
    output: outputShape,
    http: typeof traits === "object" ? traits.http : undefined,
    maxBody: maxBodyOf(service.signingName, name),
    readOnlyHint: readOnlyName.test(name),
    validate(value) {
      validator ??= compileValidator(inputShape, constraints, service.validation);
      return validator(value);
    },
    redact: (value) => redacted(inputShape, value),
    redactOutput: (value) => redacted(outputShape, value),
  };
}

function errorContract(schema: StaticErrorSchema): ErrorContract {
  const [, , name, given] = schema;
  const traits = typeof given === "object" ? given : {};
  const fault = traits.error === "server" ? "server" : "client";
  const status = typeof traits.httpError === "number" ? traits.httpError : fault === "server" ? 500 : 400;
  const query = traits.awsQueryError as readonly [string, number] | undefined;
  const shape = structureOf(schema);
  if (shape === undefined) throw new Error(`the error ${name} is not a structure`);
  const messageMember = shape.members.find((m) => m.name.toLowerCase() === "message")?.name ?? "message";
  return {
    name,
    code: query?.[0] ?? name,
    fault,
    queryStatus: query?.[1] ?? status,
    status,
    shape,
    messageMember,
  };
}
