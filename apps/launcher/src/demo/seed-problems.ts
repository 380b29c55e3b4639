import path from 'node:path';
import type { PrismaClient } from '#libs/database/generated/client.js';
import { readProblemPackages } from '#libs/problem-package/problem-package.js';
import { CHECKOUT } from '../checkout.js';
import type { SiteClient } from './site-client.js';

export const PROBLEMS = path.join(CHECKOUT, 'test/problems');

/** Written when all are there; without it a start tries again, and a problem that was deleted later stays deleted. */
const SEEDED = 'site.demo-problems-seeded';

/** Publishes the demo problems at the first start of a site. */
export async function seedDemoProblems(prisma: PrismaClient, site: SiteClient, actorId: bigint): Promise<void> {
  if (await prisma.auditEvent.findFirst({ where: { action: SEEDED } })) return;
  const slugs: string[] = [];
  for (const problem of await readProblemPackages(PROBLEMS)) {
    await site.publish(problem);
    slugs.push(problem.slug);
  }
  await prisma.auditEvent.create({ data: { actorId, action: SEEDED, subject: 'site', details: { slugs } } });
}
