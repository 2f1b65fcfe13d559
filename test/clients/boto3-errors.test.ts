import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

const peer = fileURLToPath(new URL("boto3_errors.py", import.meta.url));
const certificates = fileURLToPath(new URL("../fixtures/credentials", import.meta.url));

const notServed = "of operations that are not served (docs/coverage.md)";
/** Errors that no call can provoke here, and why; `boto3_errors.py` provokes all others. */
const unprovoked: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  iam: {
    ConcurrentModificationException: "changes that collide are run again, one after the other",
    CredentialReportNotReadyException: "a report is there when it has been asked for (docs/fidelity.md)",
    EntityTemporarilyUnmodifiableException: "a user that was just made can be changed at once",
    OpenIdIdpCommunicationErrorException: "no thumbprint is fetched when a provider is made",
    PolicyEvaluationException: "what the simulator cannot evaluate it refuses as bad input",
    ReportGenerationLimitExceededException: notServed,
    ServiceFailureException: "a failure of Roadstead is told as InternalFailure",
    ServiceNotSupportedException: "an unknown service is NoSuchEntity, as on AWS",
    UnrecognizedPublicKeyEncodingException: "an unknown encoding is refused for not being of its enum",
    AccountNotManagementOrDelegatedAdministratorException: notServed,
    CallerIsNotManagementAccountException: notServed,
    FeatureDisabledException: notServed,
    FeatureEnabledException: notServed,
    OrganizationNotFoundException: notServed,
    OrganizationNotInAllFeaturesModeException: notServed,
    ServiceAccessNotEnabledException: notServed,
  },
  sts: {
    ExpiredTokenException: "needs a token that was signed: src/services/sts/web-identity.test.ts",
    ExpiredTradeInTokenException: notServed,
    IDPRejectedClaimException: "needs a response that was signed: the tests of AssumeRoleWithSAML",
    JWTPayloadSizeExceededException: notServed,
    OutboundWebIdentityFederationDisabledException: notServed,
    RegionDisabledException: "every region is enabled",
    SessionDurationEscalationException: notServed,
  },
};

interface Report {
  readonly answers: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly modelled: Readonly<Record<string, readonly string[]>>;
}

describe.skipIf(missing("python3", "-c", "import boto3"))("boto3's exceptions", { timeout: 120_000 }, () => {
  let roadstead: TestRoadstead;
  let report: Report;
  beforeAll(async () => {
    roadstead = await testRoadstead({ allowPrivateEgress: true });
    const outcome = await command("python3", [peer, certificates], {
      env: roadstead.environment("111111111111"),
    });
    expect(outcome.code, outcome.stderr).toBe(0);
    report = JSON.parse(outcome.stdout) as Report;
  }, 120_000);
  afterAll(() => roadstead.stop());

  test.each(["iam", "sts"])("%s: each is caught as what the model names it", (service) => {
    const answers = report.answers[service] ?? {};
    expect(answers).toEqual(Object.fromEntries(Object.keys(answers).map((name) => [name, name])));
  });

  test.each(["iam", "sts"])("%s: the rest has its reason", (service) => {
    const provoked = Object.keys(report.answers[service] ?? {});
    const left = (report.modelled[service] ?? []).filter((name) => !provoked.includes(name));
    expect(provoked.length).toBeGreaterThan(4);
    expect(Object.keys(unprovoked[service] ?? {}).toSorted()).toEqual(left.toSorted());
  });
});
