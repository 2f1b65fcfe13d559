#!/usr/bin/env bash
# Deploys an image to a service, as the deploy action of a CI system does, with the AWS CLI and jq.
#
#   deploy.sh CLUSTER SERVICE CONTAINER IMAGE
#
# It takes the task definition that the service runs, puts the image in, registers that, updates the service, and waits
# until the new deployment is done. Where it failed or was rolled back, it says why and exits with 1.
#
# Permissions: ecs:DescribeServices, ecs:DescribeTaskDefinition, ecs:RegisterTaskDefinition, ecs:UpdateService, and
# iam:PassRole for the roles that the task definition names. DEPLOY_PATIENCE: seconds to wait, 600 by default.
set -euo pipefail

if [ $# -ne 4 ]; then
  echo "usage: deploy.sh CLUSTER SERVICE CONTAINER IMAGE" >&2
  exit 2
fi
cluster=$1 service=$2 container=$3 image=$4

describe() {
  aws ecs describe-services --cluster "$cluster" --services "$service" --output json
}

running=$(describe | jq -er '.services[0].taskDefinition') || {
  echo "no service $service in cluster $cluster" >&2
  exit 1
}

# What DescribeTaskDefinition tells and RegisterTaskDefinition does not take is left out.
definition=$(aws ecs describe-task-definition --task-definition "$running" --output json |
  jq -e --arg container "$container" --arg image "$image" '
    .taskDefinition
    | if any(.containerDefinitions[]; .name == $container) then . else error("no container \($container)") end
    | .containerDefinitions |= map(if .name == $container then .image = $image else . end)
    | del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities,
          .registeredAt, .registeredBy, .deregisteredAt)')

registered=$(aws ecs register-task-definition --cli-input-json "$definition" \
  --query taskDefinition.taskDefinitionArn --output text)
echo "registered $registered"

deployment=$(aws ecs update-service --cluster "$cluster" --service "$service" --task-definition "$registered" \
  --query "service.deployments[?status=='PRIMARY'].id | [0]" --output text)
echo "deploying $deployment"

until=$((SECONDS + ${DEPLOY_PATIENCE:-600}))
while [ "$SECONDS" -lt "$until" ]; do
  seen=$(describe | jq -r --arg id "$deployment" \
    '.services[0].deployments[] | select(.id == $id) | "\(.rolloutState) \(.rolloutStateReason // "")"')
  case $seen in
    "COMPLETED "*)
      echo "deployed $image"
      exit 0
      ;;
    # A deployment that was rolled back is no longer listed.
    "FAILED "* | "")
      echo "not deployed: ${seen#FAILED }" >&2
      describe | jq -r '.services[0].events[:5][].message' >&2
      exit 1
      ;;
  esac
  sleep 1
done
echo "not deployed in time" >&2
exit 1
