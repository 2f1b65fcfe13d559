import { expect, test } from "vitest";
import type { IamTables } from "./store.ts";
import { onBothDatabases, outcomeOf, play } from "./testing.ts";

const ServiceName = "codecommit.amazonaws.com";

onBothDatabases("service-specific credentials", (iam) => {
  play(iam, [
    [
      "two for each service at most",
      ["CreateUser", { UserName: "u" }],
      [
        "CreateServiceSpecificCredential",
        { UserName: "u", ServiceName },
        {
          ServiceSpecificCredential: {
            UserName: "u",
            ServiceName,
            ServiceUserName: "u-at-ACCOUNT",
            Status: "Active",
          },
        },
      ],
      [
        "CreateServiceSpecificCredential",
        { UserName: "u", ServiceName },
        { ServiceSpecificCredential: { ServiceUserName: "u+1-at-ACCOUNT" } },
      ],
      [
        "CreateServiceSpecificCredential",
        { UserName: "u", ServiceName },
        "LimitExceeded: Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2",
      ],
      [
        "CreateServiceSpecificCredential",
        { UserName: "u", ServiceName: "bedrock.amazonaws.com", CredentialAgeDays: 1 },
        {
          ServiceSpecificCredential: {
            ServiceCredentialAlias: "u-at-ACCOUNT",
            ExpirationDate: "2026-09-12T10:20:28.000Z",
          },
        },
      ],
      ["ListServiceSpecificCredentials", { UserName: "u" }, { IsTruncated: false }],
      [
        "ListServiceSpecificCredentials",
        { AllUsers: true, ServiceName: "bedrock.amazonaws.com" },
        { ServiceSpecificCredentials: [{ UserName: "u", ServiceName: "bedrock.amazonaws.com" }] },
      ],
      [
        "ListServiceSpecificCredentials",
        { AllUsers: true, UserName: "u" },
        "ValidationError: AllUsers cannot be specified together with UserName.",
      ],
      [
        "DeleteUser",
        { UserName: "u" },
        "DeleteConflict: Cannot delete entity, must remove referenced objects first.",
      ],
    ],
    [
      "of nobody, for no such service, and that are not there",
      ["CreateUser", { UserName: "u" }],
      [
        "CreateServiceSpecificCredential",
        { UserName: "x", ServiceName },
        "NoSuchEntity: The user with name x cannot be found.",
      ],
      [
        "CreateServiceSpecificCredential",
        { UserName: "u", ServiceName: "ec2.amazonaws.com" },
        "NoSuchEntity: No such service ec2.amazonaws.com is supported for Service Specific Credentials",
      ],
      ...["Delete", "Reset", "Update"].map(
        (verb) =>
          [
            `${verb}ServiceSpecificCredential`,
            { UserName: "u", ServiceSpecificCredentialId: "ACCAEXAMPLE123EXAMPLE", Status: "Inactive" },
            "NoSuchEntity: No such credential ACCAEXAMPLE123EXAMPLE exists",
          ] as const,
      ),
    ],
  ]);

  test("a credential tells its secret when it is made and when it is reset, and never again", async () => {
    const account = iam().account();
    const act = (operation: string, input: object) =>
      iam().call(account, operation, { UserName: "u", ...input });
    await act("CreateUser", {});
    const made = (await act("CreateServiceSpecificCredential", { ServiceName })).ServiceSpecificCredential;
    const { ServiceSpecificCredentialId, ServicePassword } = made as Record<string, string>;
    expect(ServiceSpecificCredentialId).toMatch(/^ACCA[A-Z2-7]{17}$/);
    const sealed = async () =>
      (
        await iam()
          .store.rows.tables<IamTables>()
          .selectFrom("iam_service_credential")
          .select("secret")
          .where("account", "=", account)
          .executeTakeFirstOrThrow()
      ).secret;
    expect(await sealed()).toBe(`iam.service-credential|${ServicePassword}`);

    const { ServiceSpecificCredential } = await act("ResetServiceSpecificCredential", {
      ServiceSpecificCredentialId,
    });
    const reset = (ServiceSpecificCredential as Record<string, string>).ServicePassword;
    expect(reset).not.toBe(ServicePassword);
    expect(await sealed()).toBe(`iam.service-credential|${reset}`);

    await act("UpdateServiceSpecificCredential", { ServiceSpecificCredentialId, Status: "Inactive" });
    const listed = await act("ListServiceSpecificCredentials", {});
    expect(listed).toMatchObject({ ServiceSpecificCredentials: [{ Status: "Inactive" }] });
    expect(JSON.stringify(listed)).not.toMatch(/Password|Secret"/);

    expect(
      await iam().authorise(account, "DeleteServiceSpecificCredential", {
        UserName: "u",
        ServiceSpecificCredentialId,
      }),
    ).toMatchObject([{ context: { "iam:ServiceSpecificCredentialServiceName": ServiceName } }]);
    await iam().call(account, "CreateUser", { UserName: "v" });
    expect(
      await outcomeOf(act("DeleteServiceSpecificCredential", { UserName: "v", ServiceSpecificCredentialId })),
    ).toMatch(/^NoSuchEntity: /);
    await act("DeleteServiceSpecificCredential", { ServiceSpecificCredentialId });
    await act("DeleteUser", {});
  });
});
