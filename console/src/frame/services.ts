import { ecrPages } from "../ecr/pages.ts";
import { ecsPages } from "../ecs/pages.ts";
import { iamPages } from "../iam/pages.ts";
import { trailPages } from "../trail/pages.ts";
import type { ServicePages } from "./pages.ts";

/** Every service of the menu, in its order. */
export const services: readonly ServicePages[] = [ecrPages, ecsPages, iamPages, trailPages];
