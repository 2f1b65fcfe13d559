import type { Service } from "../dispatch/service.ts";
import { createAcmService } from "../services/acm/service.ts";
import { createApplicationAutoScalingService } from "../services/application-autoscaling/service.ts";
import { createAutoScalingService } from "../services/autoscaling/service.ts";
import { createCloudFormationService } from "../services/cloudformation/service.ts";
import { createCloudTrailService } from "../services/cloudtrail/service.ts";
import { createCloudWatchService } from "../services/cloudwatch/service.ts";
import { createEc2Service } from "../services/ec2/service.ts";
import { createEcrService } from "../services/ecr/service.ts";
import { createEcsService } from "../services/ecs/service.ts";
import { createElasticLoadBalancingService } from "../services/elasticloadbalancing/service.ts";
import { createEventsService } from "../services/events/service.ts";
import { createIamService } from "../services/iam/service.ts";
import { createKmsService } from "../services/kms/service.ts";
import { createLogsService } from "../services/logs/service.ts";
import { createOrganizationsService } from "../services/organizations/service.ts";
import { createRoute53Service } from "../services/route53/service.ts";
import { createSecretsManagerService } from "../services/secretsmanager/service.ts";
import { createServiceDiscoveryService } from "../services/servicediscovery/service.ts";
import { createSsmService } from "../services/ssm/service.ts";
import type { SessionPorts } from "../services/ssm/sessions/ports.ts";
import { createStsService } from "../services/sts/service.ts";
import { createTaggingService } from "../services/tagging/service.ts";
import type { BucketWriter } from "./bucket-writer.ts";
import { cloudMapViews } from "./cloud-map-views.ts";
import type { ServicePorts } from "./service-ports.ts";
import type { State } from "./state.ts";
import { taggedResources } from "./tagged-resources.ts";

/** What the services need that is nobody's alone. */
export interface ServiceListPorts {
  readonly state: Pick<State, "store" | "trail">;
  readonly buckets: Pick<BucketWriter, "has">;
  readonly sessions: SessionPorts;
}

/** All services, each with what it needs. */
export function listServices(ports: ServicePorts, { state, buckets, sessions }: ServiceListPorts): Service[] {
  const { principals } = ports.keeping;
  const { jobs } = state.store;
  return [
    createIamService(ports.iam),
    createStsService(ports.sts),
    createEcrService(ports.ecr),
    createCloudFormationService(),
    createCloudTrailService({ trail: state.trail, hasBucket: buckets.has }),
    createCloudWatchService(),
    createApplicationAutoScalingService(),
    createOrganizationsService(),
    createEventsService(ports.events),
    createLogsService(),
    createSecretsManagerService(ports.keeping),
    createKmsService(ports.keeping),
    createSsmService({ principals, ...sessions }),
    createEc2Service(ports.ec2),
    createAutoScalingService({ jobs }),
    createTaggingService({ taggedResources }),
    createRoute53Service(ports.route53),
    createServiceDiscoveryService({ jobs, ...cloudMapViews }),
    createAcmService(ports.acm),
    createElasticLoadBalancingService(ports.elb),
    createEcsService(ports.ecs),
  ];
}
