import { expect, test } from "vitest";
import { isFresh } from "./credential-report.ts";
import { onBothDatabases, play } from "./testing.ts";

const hour = 3_600_000;

test.each([
  [0, true],
  [4 * hour, true],
  [4 * hour + 1, false],
])("a report is answered %i ms after it was made: %s", (age, fresh) => {
  expect(isFresh({ created_at: 1000, content: "" }, 1000 + age)).toBe(fresh);
});

onBothDatabases("the credential report", (iam) => {
  play(iam, [
    [
      "is there once it was asked for",
      ["GetCredentialReport", {}, "ReportNotPresent: Unknown"],
      [
        "GenerateCredentialReport",
        {},
        { State: "STARTED", Description: "No report exists. Starting a new report generation task" },
      ],
      ["GenerateCredentialReport", {}, { State: "COMPLETE" }],
      ["GetCredentialReport", {}, { ReportFormat: "text/csv", GeneratedTime: "2026-09-11T10:20:28.000Z" }],
    ],
  ]);

  // Columns, sentinels and line breaks as in a report of AWS recorded in September 2026 (github.com/radkawar/stackd).
  test("has a line for root and one for each user", async () => {
    const account = iam().account();
    const act = (operation: string, input: object) => iam().call(account, operation, input);
    await act("CreateUser", { UserName: "b,c", Path: "/p/" });
    await act("CreateUser", { UserName: "A" });
    await act("CreateLoginProfile", { UserName: "A", Password: "Passw0rd!" });
    await act("UpdateAccountPasswordPolicy", { MaxPasswordAge: 90 });
    const { AccessKey } = await act("CreateAccessKey", { UserName: "A" });
    const { AccessKeyId } = AccessKey as { AccessKeyId: string };
    await act("UpdateAccessKey", { UserName: "A", AccessKeyId, Status: "Inactive" });
    await act("GenerateCredentialReport", {});
    const { Content } = await act("GetCredentialReport", {});
    const at = "2026-09-11T10:20:28Z";
    const noKey = "false,N/A,N/A,N/A,N/A";
    const noCertificates = "false,N/A,false,N/A";
    expect(String(Content).split("\n")).toEqual([
      "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated",
      `<root_account>,arn:aws:iam::${account}:root,N/A,false,N/A,N/A,not_supported,false,${noKey},${noKey},${noCertificates}`,
      `A,arn:aws:iam::${account}:user/A,${at},true,no_information,${at},2026-12-10T10:20:28Z,false,false,${at},N/A,N/A,N/A,${noKey},${noCertificates}`,
      `"b,c","arn:aws:iam::${account}:user/p/b,c",${at},false,N/A,N/A,N/A,false,${noKey},${noKey},${noCertificates}`,
    ]);
  });
});
