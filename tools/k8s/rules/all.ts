import type { Facts } from '../facts.ts';
import type { KubernetesObject } from '../objects.ts';
import { configuration, images, jobs, secrets, signingKey } from './configuration.ts';
import { network, stores } from './network.ts';
import { companions, lifecycle, resources, restricted } from './pods.ts';
import { gateway, routes } from './routes.ts';
import { lag, scalers } from './scaling.ts';
import { topicsOfDesign } from './topics.ts';

/** One line for each mistake in the objects of an overlay. */
export type Rule = (objects: KubernetesObject[], facts: Facts) => string[];

/** Every rule by what it says. */
export const RULES: Record<string, Rule> = {
  'pods are restricted': restricted,
  'containers have requests and limits': resources,
  'probes and grace': lifecycle,
  'each app has its companions': (objects, { apps }) => companions(objects, apps),
  'default deny, and no app reaches an app': network,
  'each app reaches its stores': (objects, { apps }) => stores(objects, apps),
  'one scaler each, never to zero': scalers,
  'scaling by lag fits the code': lag,
  'every required variable is set': configuration,
  'migrations and topics are run': jobs,
  'no secrets in the manifests': secrets,
  'images are named and tagged': images,
  'one holder of the signing key': signingKey,
  'routes are those of the edge': routes,
  'one gateway, every route limited': gateway,
  'topics are those of the design': (_, { topics }) => topicsOfDesign(topics),
};
