import { cloudMapPages } from "../cloud-map/pages.ts";
import { cloudWatchPages } from "../cloudwatch/pages.ts";
import { ec2Pages } from "../ec2/pages.ts";
import { ecrPages } from "../ecr/pages.ts";
import { ecsPages } from "../ecs/pages.ts";
import { iamPages } from "../iam/pages.ts";
import { kmsPages } from "../kms/pages.ts";
import { parametersPages } from "../parameters/pages.ts";
import { route53Pages } from "../route53/pages.ts";
import { secretsPages } from "../secrets/pages.ts";
import { trailPages } from "../trail/pages.ts";
import type { ServicePages } from "./pages.ts";

/** Every service of the menu, in its order. */
export const services: readonly ServicePages[] = [
  ecrPages,
  ecsPages,
  ec2Pages,
  cloudMapPages,
  route53Pages,
  cloudWatchPages,
  secretsPages,
  parametersPages,
  kmsPages,
  iamPages,
  trailPages,
];
