import * as iam from "@aws-sdk/client-iam";
import * as organizations from "@aws-sdk/client-organizations";
import * as sts from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractOf, type OperationContract } from "../../src/protocol/contract.ts";
import { type BadInput, badInputs } from "../support/bad-input.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/**
 * Every operation of IAM, STS and Organizations, called with every member that is missing, too long, too short, wrong
 * in pattern or enum, or out of range: each is refused in AWS's words, nothing changes, and no secret comes back.
 * The words are stated here once more, from what AWS answered to others (the sources are in `src/protocol/violations.ts`).
 */

interface AnyClient {
  send(command: never): Promise<unknown>;
  destroy(): void;
}

const account = "222222222222";
let roadstead: TestRoadstead;
const clients: AnyClient[] = [];
beforeAll(async () => {
  roadstead = await testRoadstead();
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await roadstead.stop();
});

/** AWS's sentence for one broken constraint. */
function sentence({ breach, rule, itemRule }: BadInput): string {
  switch (breach) {
    case "missing":
      return "Member must not be null";
    case "too long":
    case "too many items":
      return `Member must have length less than or equal to ${rule.max}`;
    case "too short":
    case "too few items":
      return `Member must have length greater than or equal to ${rule.min}`;
    case "too small":
      return `Member must have value greater than or equal to ${rule.min}`;
    case "too large":
      return `Member must have value less than or equal to ${rule.max}`;
    case "wrong enum":
      return `Member must satisfy enum value set: [${rule.enum?.join(", ")}]`;
    case "wrong pattern":
      return `Member must satisfy regular expression pattern: ${rule.pattern}`;
    case "wrong item":
      return `Member must satisfy constraint: [${[
        itemRule?.max === undefined ? [] : `Member must have length less than or equal to ${itemRule.max}`,
        itemRule?.min === undefined ? [] : `Member must have length greater than or equal to ${itemRule.min}`,
        itemRule?.pattern === undefined
          ? []
          : `Member must satisfy regular expression pattern: ${itemRule.pattern}`,
        itemRule?.enum === undefined
          ? []
          : `Member must satisfy enum value set: [${itemRule.enum.join(", ")}]`,
      ]
        .flat()
        .join(", ")}]`;
  }
}

/** `tags.1.member.key`. */
function place({ path }: BadInput): string {
  return path
    .map((step) => (typeof step === "number" ? `${step}.member` : step[0]?.toLowerCase() + step.slice(1)))
    .join(".");
}

/** The framework's message: a text that is too short for its pattern as well is told twice, the pattern first. */
function detected(bad: BadInput, value: string, pattern: boolean): string {
  const told = (what: string) => `Value${value} at '${place(bad)}' failed to satisfy constraint: ${what}`;
  return pattern
    ? `2 validation errors detected: ${told(sentence({ ...bad, breach: "wrong pattern" }))}; ${told(sentence(bad))}`
    : `1 validation error detected: ${told(sentence(bad))}`;
}

const nameRule = "It must contain only alphanumeric characters and/or the following: +=,.@_-";
const pathRule = "It must begin and end with / and contain only alphanumeric characters and/or / characters.";
/** Members of IAM whose form is told in a sentence of its own. */
const namedMembers: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...["AWSServiceName", "CustomSuffix", "GroupName", "InstanceProfileName", "NewGroupName"],
      ...["NewServerCertificateName", "NewUserName", "PolicyName", "RoleName", "ServerCertificateName"],
      ...["UserName", "VirtualMFADeviceName"],
    ].map((name) => [name, nameRule]),
  ),
  AccessKeyId: "It must contain only alphanumeric characters.",
  CertificateId: "It must contain only alphanumeric characters.",
  SSHPublicKeyId: "It must contain only alphanumeric characters.",
  ServiceSpecificCredentialId: "It must contain only alphanumeric characters.",
  NewPath: pathRule,
  Path: pathRule,
  PathPrefix:
    "It must begin with the / character and contain only alphanumeric characters and/or / characters.",
};

/** How each service words one violation: its code, and the message. */
const words: Readonly<Record<string, (bad: BadInput) => readonly [code: string, message: string]>> = {
  iam(bad) {
    const named = namedMembers[String(bad.path.at(-1))];
    return [
      "ValidationError",
      bad.breach === "wrong pattern" && named !== undefined
        ? `The specified value for ${place(bad)} is invalid. ${named}`
        : detected(bad, "", bad.alsoPattern && named === undefined),
    ];
  },
  sts(bad) {
    const value = bad.value === undefined ? " null" : bad.sensitive ? "" : ` '${short(printed(bad.value))}'`;
    return ["ValidationError", detected(bad, value, bad.alsoPattern)];
  },
  organizations({ breach, alsoPattern }) {
    const told: Readonly<Record<BadInput["breach"], string>> = {
      missing: "You must include a value for all required parameters.",
      "too long": "You provided a string parameter that is longer than allowed.",
      "too many items": "You provided a string parameter that is longer than allowed.",
      "too short": "You provided a string parameter that is shorter than allowed.",
      "too few items": "You provided a string parameter that is shorter than allowed.",
      "too small": "You provided a numeric parameter that has a smaller value than allowed.",
      "too large": "You provided a numeric parameter that has a larger value than allowed.",
      "wrong enum": "You specified an invalid value.",
      "wrong pattern": "You provided a value that does not match the required pattern.",
      "wrong item": "You provided a list to a parameter that contains at least one invalid value.",
    };
    return ["InvalidInputException", told[alsoPattern ? "wrong pattern" : breach]];
  },
};

function printed(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(printed).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, one]) => `${name}=${printed(one)}`)
    .join(", ")}}`;
}

function short(text: string): string {
  return text.length > 2048 ? `${text.slice(0, 2048)}...` : text;
}

interface Refusal {
  readonly name: string;
  readonly message: string;
}

describe.each([
  ["iam", iam, iam.IAMClient],
  ["sts", sts, sts.STSClient],
  ["organizations", organizations, organizations.OrganizationsClient],
] as const)("%s", (service, module, Client) => {
  const contract = contractOf(module);
  let call: (operation: string, input: object) => Promise<unknown>;
  let before: unknown;

  beforeAll(async () => {
    const client: AnyClient = new Client({ ...roadstead.client(account), maxAttempts: 1 });
    clients.push(client);
    call = async (operation, input) => {
      const Command = (module as unknown as Record<string, new (input: object) => never>)[
        `${operation}Command`
      ];
      if (Command === undefined) throw new Error(`no command ${operation}`);
      return client.send(new Command(input));
    };
    before = await state();
  });

  const refusal = (operation: string, input: object): Promise<Refusal> =>
    call(operation, input).then(
      () => ({ name: "accepted", message: "" }),
      (error: Refusal) => ({ name: error.name, message: error.message }),
    );

  const operations = [...contract.operations.values()].map(
    (operation) => [operation.name, operation] as const,
  );
  const served = () => {
    const names = roadstead.services.find(({ signingName }) => signingName === service)?.operations ?? {};
    return new Set(Object.keys(names));
  };

  test.each(operations)("%s", async (name, operation) => {
    if (!served().has(name)) return;
    for (const bad of badInputs(operation)) {
      const [code, message] = words[service]?.(bad) ?? [];
      const what = `${name} ${place(bad)} ${bad.breach}`;
      const told = tooBig(bad) ? unsent(operation, bad) : await refusal(name, bad.input);
      expect({ what, ...told }).toEqual({ what, name: code, message });
    }
  });

  // Organizations tells one thing at a time.
  if (service !== "organizations")
    test("all that is missing is told at once", async () => {
      const several = operations.filter(
        ([name, { input }]) =>
          served().has(name) && (input?.members.filter(({ required }) => required).length ?? 0) > 1,
      );
      expect(several.length).toBeGreaterThan(2);
      for (const [name, { input }] of several) {
        const missing = input?.members.filter(({ required }) => required) ?? [];
        const value = service === "sts" ? " null" : "";
        const told = missing.map(
          (member) =>
            `Value${value} at '${member.name[0]?.toLowerCase()}${member.name.slice(1)}' failed to satisfy constraint: Member must not be null`,
        );
        expect(await refusal(name, {})).toEqual({
          name: "ValidationError",
          message: `${missing.length} validation errors detected: ${told.join("; ")}`,
        });
      }
    });

  test("the sweep saw the service", () => {
    const cases = operations.flatMap(([name, operation]) => (served().has(name) ? badInputs(operation) : []));
    expect(cases.length).toBeGreaterThan({ iam: 800, sts: 50, organizations: 80 }[service]);
  });

  test("nothing has changed", async () => {
    expect(await state()).toEqual(before);
  });
});

/** What a request may not carry at all is asked of the validator alone. */
function tooBig({ value }: BadInput): boolean {
  return typeof value === "string" && value.length > 500_000;
}

function unsent(operation: OperationContract, bad: BadInput): Refusal {
  const fault = operation.validate(bad.input);
  return { name: fault?.code ?? "accepted", message: fault?.message ?? "" };
}

/** All that IAM and Organizations know of the account. */
async function state(): Promise<unknown> {
  const settings = { ...roadstead.client(account), maxAttempts: 1 };
  const identity = new iam.IAMClient(settings);
  const organization = new organizations.OrganizationsClient(settings);
  clients.push(identity, organization);
  const { UserDetailList, GroupDetailList, RoleDetailList, Policies } = await identity.send(
    new iam.GetAccountAuthorizationDetailsCommand({
      Filter: ["User", "Role", "Group", "LocalManagedPolicy"],
    }),
  );
  const { SummaryMap } = await identity.send(new iam.GetAccountSummaryCommand({}));
  const described = await organization
    .send(new organizations.DescribeOrganizationCommand({}))
    .catch((error: unknown) => (error as Error).name);
  return { UserDetailList, GroupDetailList, RoleDetailList, Policies, SummaryMap, described };
}
