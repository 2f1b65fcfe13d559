// `npx tsx tools/coverage.ts` writes docs/coverage.md; with `--check` it only says whether the file is up to date.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as ec2 from "@aws-sdk/client-ec2";
import * as ssm from "@aws-sdk/client-ssm";
import type { Service } from "../src/dispatch/service.ts";
import { contractOf } from "../src/protocol/contract.ts";
import { createAcmService } from "../src/services/acm/service.ts";
import { createApplicationAutoScalingService } from "../src/services/application-autoscaling/service.ts";
import { createAutoScalingService } from "../src/services/autoscaling/service.ts";
import { createCloudFormationService } from "../src/services/cloudformation/service.ts";
import { createCloudTrailService } from "../src/services/cloudtrail/service.ts";
import { createCloudWatchService } from "../src/services/cloudwatch/service.ts";
import { createEc2Service } from "../src/services/ec2/service.ts";
import { createEcrService } from "../src/services/ecr/service.ts";
import { createEcsService } from "../src/services/ecs/service.ts";
import { createElasticLoadBalancingService } from "../src/services/elasticloadbalancing/service.ts";
import { createEventsService } from "../src/services/events/service.ts";
import { createIamService } from "../src/services/iam/service.ts";
import { createKmsService } from "../src/services/kms/service.ts";
import { createLogsService } from "../src/services/logs/service.ts";
import { createOrganizationsService } from "../src/services/organizations/service.ts";
import { createRoute53Service } from "../src/services/route53/service.ts";
import { createSecretsManagerService } from "../src/services/secretsmanager/service.ts";
import { createServiceDiscoveryService } from "../src/services/servicediscovery/service.ts";
import { createSsmService } from "../src/services/ssm/service.ts";
import { createStsService } from "../src/services/sts/service.ts";
import { createTaggingService } from "../src/services/tagging/service.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Where the page is kept. */
export const coverageFile = join(root, "docs", "coverage.md");

/** An operation asks its ports when it runs, never when it is listed. */
const noPorts = {} as never;

const services: readonly (readonly [title: string, service: Service])[] = [
  ["Amazon ECR", createEcrService(noPorts)],
  ["Amazon ECS", createEcsService(noPorts)],
  ["AWS IAM", createIamService(noPorts)],
  ["AWS STS", createStsService(noPorts)],
  ["AWS CloudFormation", createCloudFormationService()],
  ["AWS CloudTrail", createCloudTrailService(noPorts)],
  ["Amazon CloudWatch", createCloudWatchService()],
  ["Application Auto Scaling", createApplicationAutoScalingService()],
  ["AWS Organizations", createOrganizationsService()],
  ["AWS Secrets Manager", createSecretsManagerService(noPorts)],
  ["AWS KMS", createKmsService(noPorts)],
  ["Amazon EventBridge", createEventsService(noPorts)],
  ["Amazon CloudWatch Logs", createLogsService()],
  ["AWS Systems Manager", createSsmService(noPorts)],
  ["Amazon EC2", createEc2Service(noPorts)],
  ["Amazon EC2 Auto Scaling", createAutoScalingService(noPorts)],
  ["AWS Resource Groups Tagging", createTaggingService(noPorts)],
  ["Amazon Route 53", createRoute53Service(noPorts)],
  ["AWS Cloud Map", createServiceDiscoveryService(noPorts)],
  ["Elastic Load Balancing", createElasticLoadBalancingService(noPorts)],
  ["AWS Certificate Manager", createAcmService(noPorts)],
];

/** The signing names of the services on the page. */
export const coveredServices: readonly string[] = services.map(([, service]) => service.signingName);

/** The whole clients of services that import theirs by name (docs/decisions/ec2-by-name.md). */
const wholeClients: Readonly<Record<string, object>> = { ec2, ssm };

/** What the clients of `test/clients/<name>.test.ts` are, by that name. */
const clientNames: Readonly<Record<string, string>> = {
  "aws-cli": "AWS CLI",
  boto3: "boto3",
  containers: "docker, podman, skopeo",
  "sdk-js": "AWS SDK for JavaScript",
  terraform: "Terraform's AWS provider",
};

interface Coverage {
  readonly title: string;
  readonly signingName: string;
  readonly there: readonly string[];
  /** Names with the reason. */
  readonly refused: readonly (readonly [name: string, why: string])[];
  readonly missing: readonly string[];
}

/** Which operations of the official SDK clients are built, service by service. */
function coverageOf(title: string, service: Service): Coverage {
  const { refused = {} } = service;
  const all = [...contractOf(wholeClients[service.signingName] ?? service.module).operations.keys()].sort();
  return {
    title,
    signingName: service.signingName,
    there: all.filter((name) => name in service.operations),
    refused: Object.entries(refused).sort(([a], [b]) => (a < b ? -1 : 1)),
    missing: all.filter((name) => !(name in service.operations) && !(name in refused)),
  };
}

/** The page, from the code as it is. */
export function coveragePage(): string {
  const covered = services.map(([title, service]) => coverageOf(title, service));
  const rows = covered.map(({ title, there, refused, missing }) => {
    const total = there.length + refused.length + missing.length;
    return `| ${title} | ${total} | ${there.length} | ${refused.length} | ${missing.length} |`;
  });
  return `${[
    "# Coverage",
    "Written by `npx tsx tools/coverage.ts`; a test fails when it is out of date. An operation that is missing is answered with `NotImplemented` (501), never with a pretence; one that has no meaning here is refused with the reason.",
    [
      "| Service | Operations in the SDK | Built | Refused | Missing |",
      "| --- | ---: | ---: | ---: | ---: |",
      ...rows,
    ].join("\n"),
    ...covered.flatMap(servicePart),
    "## Clients",
    "Each of these runs against a Roadstead in the test suite, unmodified; a client that is not installed is reported as skipped.",
    clients()
      .map(({ name, file }) => `- ${name}: [\`${file}\`](../${file})`)
      .join("\n"),
  ].join("\n\n")}\n`;
}

function servicePart({ title, signingName, there, refused, missing }: Coverage): string[] {
  return [
    `## ${title} (\`${signingName}\`)`,
    `Built (${there.length}): ${listed(there)}`,
    ...(refused.length === 0
      ? []
      : [
          `Refused, with the reason (${refused.length}):`,
          refused.map(([name, why]) => `- \`${name}\`: ${why}`).join("\n"),
        ]),
    ...(missing.length === 0 ? [] : [`Missing (${missing.length}): ${listed(missing)}`]),
  ];
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

function clients(): readonly { readonly name: string; readonly file: string }[] {
  const folder = join("test", "clients");
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith(".test.ts"))
    .sort()
    .map((file) => {
      const name = file.slice(0, -".test.ts".length);
      return { name: clientNames[name] ?? name, file: `${folder}/${file}` };
    });
}

/** Whether the page says what is true now. */
export function coverageIsCurrent(): boolean {
  return existsSync(coverageFile) && readFileSync(coverageFile, "utf8") === coveragePage();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes("--check")) writeFileSync(coverageFile, coveragePage());
  else if (!coverageIsCurrent()) {
    process.stderr.write("docs/coverage.md is out of date\nRun: npx tsx tools/coverage.ts\n");
    process.exitCode = 1;
  }
}
